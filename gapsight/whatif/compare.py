"""Two builds of the same data held against each other: what flips, and which scores move."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MARTS = (
    "fct_risk_scores",
    "fct_top_gaps",
    "rpt_gate_results",
    "rpt_release_readiness",
    "fct_flake_verdicts",
)
"""What is compared; everything between the seeds and these must be built."""

_SCORES = """
    select entity as flow, product, risk, risk_rank as rank, decision
    from marts.fct_risk_scores
    where grain = 'flow' and runtime = 'all'
"""
# In the order of `gapsight gaps`: one row per flow, first what is top over all products.
_GAPS = """
    select
        flow, product, risk, gap_types,
        row_number() over (order by rank_overall is null, gap_rank, flow) as rank
    from (
        select
            *,
            string_agg(gap_type, ', ') over (
                partition by flow order by gap_rank
                rows between unbounded preceding and unbounded following
            ) as gap_types
        from marts.fct_top_gaps
        where runtime = 'all'
    ) as gaps
    where is_primary
"""
_RULES = "select gate, product, rule, status, mode from marts.rpt_gate_results"
_VERDICTS = "select product, verdict, is_enforced from marts.rpt_release_readiness"
_FLAKES = "select test_id, status from marts.fct_flake_verdicts"
_TOP_N = (
    "select cast(value as double) as top_n from intermediate.int_thresholds__in_force"
    " where name = 'top_n'"
)
_STILL = 1e-9
"""A smaller move of R is the last digits of another order of adding."""

Row = dict[str, Any]
Query = Callable[[str], list[Row]]


@dataclass(frozen=True)
class State:
    """What one build says, each by its key."""

    top_n: float
    scores: Mapping[str, Row] = field(default_factory=dict)
    gaps: Mapping[str, Row] = field(default_factory=dict)
    rules: Mapping[tuple[str, ...], Row] = field(default_factory=dict)
    verdicts: Mapping[str, Row] = field(default_factory=dict)
    flakes: Mapping[str, str] = field(default_factory=dict)

    @property
    def top_flows(self) -> set[str]:
        """The Top-N flows by risk."""
        return {flow for flow, row in self.scores.items() if row["rank"] <= self.top_n}

    @property
    def top_gaps(self) -> set[str]:
        """The flows of the Top-N gaps, one for each flow."""
        return {flow for flow, row in self.gaps.items() if row["rank"] <= self.top_n}


def read_state(query: Query) -> State:
    """What a warehouse says now."""
    return State(
        top_n=query(_TOP_N)[0]["top_n"],
        scores={row["flow"]: row for row in query(_SCORES)},
        gaps={row["flow"]: row for row in query(_GAPS)},
        rules={(row["gate"], row["product"], row["rule"]): row for row in query(_RULES)},
        verdicts={row["product"]: row for row in query(_VERDICTS)},
        flakes={row["test_id"]: row["status"] for row in query(_FLAKES)},
    )


_Both = tuple[State, State]
"""Before and after."""


@dataclass(frozen=True)
class Outcome:
    """What differs between two builds."""

    flips: list[Row]
    """What enters or leaves a Top-N, and decisions, rules, verdicts that become others."""
    moved: list[Row]
    """Flows whose R or rank is another one, those of the largest change of R first."""


def compare(before: State, after: State) -> Outcome:
    """Every difference as one row of the same columns."""
    both = (before, after)
    flips = [
        *_entered("top risk", both),
        *_entered("top gaps", both),
        *_decisions(both),
        *_said(before.rules, after.rules, _rule),
        *_said(before.verdicts, after.verdicts, _verdict),
        *_flaky(both),
    ]
    moved = [
        _flow("moved", flow, both)
        for flow in sorted(before.scores.keys() & after.scores.keys())
        if _moves(before.scores[flow], after.scores[flow])
    ]
    return Outcome(flips, sorted(moved, key=lambda row: -_change(row)))


def _change(row: Row) -> float:
    return abs(float(row["risk_after"]) - float(row["risk_before"]))


def _moves(old: Row, new: Row) -> bool:
    return bool(old["rank"] != new["rank"] or abs(old["risk"] - new["risk"]) > _STILL)


def _entered(what: str, both: _Both) -> Iterator[Row]:
    """Flows in one of the two lists: those that enter first, each in its order."""
    tops = [state.top_gaps if what == "top gaps" else state.top_flows for state in both]
    for word, flows, state in (
        ("enters", tops[1] - tops[0], both[1]),
        ("leaves", tops[0] - tops[1], both[0]),
    ):
        listed = state.gaps if what == "top gaps" else state.scores
        for flow in sorted(flows, key=lambda flow: (listed[flow]["rank"], flow)):
            row = _flow(f"{word} {what}", flow, both)
            if what == "top gaps":
                old, new = (state.gaps.get(flow, {}) for state in both)
                row |= {"before": old.get("gap_types"), "after": new.get("gap_types")}
                row |= {"rank_before": old.get("rank"), "rank_after": new.get("rank")}
            yield row


def _decisions(both: _Both) -> Iterator[Row]:
    before, after = both
    for flow in sorted(before.scores.keys() & after.scores.keys()):
        old, new = before.scores[flow]["decision"], after.scores[flow]["decision"]
        if old != new:
            yield _flow("decision", flow, both) | {"before": old, "after": new}


def _said(
    old: Mapping[Any, Row], new: Mapping[Any, Row], row_of: Callable[[Row, str], Row]
) -> Iterator[Row]:
    """Rows of rules or verdicts that say something else."""
    for key in sorted(old.keys() & new.keys()):
        was, becomes = row_of(old[key], "before"), row_of(new[key], "after")
        if was["before"] != becomes["after"]:
            yield becomes | {"before": was["before"]}


def _rule(row: Row, side: str) -> Row:
    return _blank("rule", f"{row['gate']} {row['rule']}") | {
        "product": row["product"],
        side: f"{row['status']} [{row['mode']}]",
    }


def _verdict(row: Row, side: str) -> Row:
    said = row["verdict"] if row["is_enforced"] else f"{row['verdict']} [observed]"
    return _blank("verdict", "release") | {"product": row["product"], side: said}


def _flaky(both: _Both) -> Iterator[Row]:
    for test in sorted(both[0].flakes.keys() | both[1].flakes.keys()):
        # A test that did not run in the window has no verdict.
        old, new = (state.flakes.get(test, "none") for state in both)
        if old != new:
            yield _blank("flake verdict", test) | {"before": old, "after": new}


def _flow(change: str, flow: str, both: _Both) -> Row:
    """A flow with its R and rank on both sides."""
    old, new = (state.scores.get(flow, {}) for state in both)
    return _blank(change, flow) | {
        "product": (new or old).get("product"),
        "risk_before": old.get("risk"),
        "risk_after": new.get("risk"),
        "rank_before": old.get("rank"),
        "rank_after": new.get("rank"),
    }


def _blank(change: str, name: str) -> Row:
    keys = ("product", "before", "after", "risk_before", "risk_after", "rank_before", "rank_after")
    return {"change": change, "name": name, **dict.fromkeys(keys)}
