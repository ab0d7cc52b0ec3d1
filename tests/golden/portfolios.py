"""Portfolios of flows made by chance, scored by the real models."""

import csv
import random
import shutil
from pathlib import Path

import duckdb

from tests.golden.groups import GROUPS
from tests.golden.harness import Bench, build_group

SCORES = Path(__file__).parent / "scores"
RISK = next(group for group in GROUPS if group.name == "risk")
FLOWS = 60
UP = {
    "usage_p95": 3.0, "business_criticality": 0.2, "impact_revenue": 0.25, "impact_support": 0.25,
    "impact_sla": 0.25, "defects_weighted_per_week": 0.7, "commits_30d": 9, "platform_dominance": 0.1,
    "customer_tier_weight": 0.2, "cov_line": -0.2, "cov_branch": -0.2, "cov_function": -0.2,
    "determinism": -0.3,
}  # fmt: skip
"""Input, and a step of it towards more risk; usage is multiplied."""
SHARES = set(UP) - {"usage_p95", "defects_weighted_per_week", "commits_30d"}
Row = dict[str, float | str | None]


def portfolio(rng: random.Random) -> list[Row]:
    """Flows of every kind, a fifth of whose inputs is unknown."""

    def some(value: float) -> float | None:
        return None if rng.random() < 0.2 else value

    return [
        {
            "flow": f"f{n}",
            "usage_p95": some(rng.lognormvariate(6, 3)),
            "defects_weighted_per_week": some(rng.expovariate(1)),
            "commits_30d": some(rng.randrange(80)),
            **{name: some(rng.random()) for name in sorted(SHARES)},
            "status": rng.choice(["active", "sunset"]),
            "one_off": rng.choice(["true", "false"]),
        }
        for n in range(FLOWS)
    ]


def riskier(row: Row, name: str) -> Row | None:
    """The same flow with more of one input; None if it is not known."""
    value = row[name]
    if not isinstance(value, float | int):
        return None
    more = value * UP[name] if name == "usage_p95" else value + UP[name]
    if name in SHARES:
        more = min(1.0, max(0.0, more))
    return {**row, "flow": f"{row['flow']} {name}", name: more}


def scored(bench: Bench, folder: Path, rows: list[Row]) -> dict[str, dict[str, float]]:
    """R, its bounds and the sum of its points, by flow."""
    folder.mkdir()
    shutil.copy(SCORES / "risk_weights.csv", folder)
    with (folder / "risk_inputs.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with duckdb.connect(
        str(build_group(bench, RISK, folder, RISK.expected)), read_only=True
    ) as marts:
        found = marts.execute(
            "select entity, any_value(risk), any_value(risk_low), any_value(risk_high), sum(points)"
            " from marts.fct_risk_scores join marts.fct_risk_inputs using (grain, entity, runtime)"
            " group by entity"
        ).fetchall()
    return {
        row[0]: dict(zip(("risk", "low", "high", "points"), row[1:], strict=True)) for row in found
    }
