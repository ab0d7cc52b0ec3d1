"""What the back-test is made from: flows at the beginnings of past quarters, and the rules it goes by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

INPUTS = (
    "usage",
    "business_criticality",
    "failure_impact",
    "defect_density",
    "change_rate",
    "coverage_gap",
    "platform_dominance",
    "customer_tier",
    "determinism",
)
CASES = "select * from rpt_backtest_cases order by quarter desc, flow"
RULES = "select kind, name, value from rpt_rules_in_force where kind in ('threshold', 'weight')"
NEEDED = {
    "top_n",
    "backtest_top_share",
    "backtest_min_quarters",
    "backtest_min_events",
    "calibration_min_quarters",
    "calibration_min_events",
    "calibration_min_flows",
    "calibration_min_gain",
}
"""Thresholds that both commands go by."""
_UNKNOWN = 0.5


@dataclass(frozen=True)
class Quarter:
    """The flows of one quarter, in the same order everywhere."""

    begins: date
    flows: Sequence[str]
    inputs: Mapping[str, Sequence[float]]
    """Input -> value 0 to 1 of each flow; one that was not known stands in the middle, as in R."""
    risk: Sequence[float]
    outcomes: Sequence[float]
    """Severity weights of the defects and incidents that followed."""
    events: int
    is_replayed: bool

    def weighted(self, weights: Mapping[str, float]) -> list[float]:
        """R of each flow under these weights, but for its scale."""
        columns = [(weights[name], self.inputs[name]) for name in INPUTS if weights[name]]
        return [sum(w * xs[n] for w, xs in columns) for n in range(len(self.flows))]


def quarters_of(rows: Sequence[Mapping[str, Any]]) -> list[Quarter]:
    """Rows of rpt_backtest_cases as quarters, the oldest first."""
    found = []
    for begins, group in groupby(rows, key=lambda row: row["as_of"]):
        flows = list(group)
        found.append(
            Quarter(
                begins,
                [row["flow"] for row in flows],
                {
                    name: [_UNKNOWN if row[name] is None else row[name] for row in flows]
                    for name in INPUTS
                },
                [row["risk"] for row in flows],
                [row["outcome"] for row in flows],
                sum(row["outcome_events"] for row in flows),
                flows[0]["kept_by"] == "replay",
            )
        )
    return found


@dataclass(frozen=True)
class Rules:
    """What of the seeds the back-test goes by."""

    thresholds: Mapping[str, float]
    weights: Mapping[str, float]
    """Input -> weight in force."""


def rules_of(rows: Sequence[Mapping[str, Any]]) -> Rules:
    """Rows of rpt_rules_in_force."""
    numbers = {
        row["name"]: float(row["value"])
        for row in rows
        if row["kind"] == "threshold" and _is_number(row["value"])
    }
    weights = {row["name"]: float(row["value"]) for row in rows if row["kind"] == "weight"}
    return Rules(numbers, weights)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
