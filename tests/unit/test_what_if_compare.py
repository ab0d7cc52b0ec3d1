"""Two builds held against each other: what counts as a flip, and what only moves."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gapsight.whatif.compare import State, compare


def state(risks: dict[str, float], top_n: float = 2, line: float = 50) -> State:
    """Flows with their R, a decision each, and a gap each, in the same order."""
    order = sorted(risks, key=lambda flow: (-risks[flow], flow))
    scores = {
        flow: {
            "flow": flow,
            "product": "shop",
            "risk": risks[flow],
            "rank": rank,
            "decision": "automate_now" if risks[flow] >= line else "explore_only",
        }
        for rank, flow in enumerate(order, 1)
    }
    gaps = {
        flow: {"flow": flow, "rank": row["rank"], "gap_types": "high_usage_low_coverage"}
        for flow, row in scores.items()
    }
    return State(top_n, scores, gaps)


RISKS = {"a": 70.0, "b": 60.0, "c": 50.0, "d": 40.0}


def rows(before: State, after: State) -> list[tuple[Any, ...]]:
    keys = ("change", "name", "before", "after", "rank_before", "rank_after")
    return [tuple(row[key] for key in keys) for row in compare(before, after).flips]


def test_equal_builds_differ_in_nothing() -> None:
    outcome = compare(state(RISKS), state(RISKS))
    assert (outcome.flips, outcome.moved) == ([], [])


def test_a_flow_that_overtakes_enters_and_pushes_another_out() -> None:
    gap = "high_usage_low_coverage"
    assert rows(state(RISKS), state(RISKS | {"c": 65.0})) == [
        ("enters top risk", "c", None, None, 3, 2),
        ("leaves top risk", "b", None, None, 2, 3),
        ("enters top gaps", "c", gap, gap, 3, 2),
        ("leaves top gaps", "b", gap, gap, 2, 3),
    ]


def test_a_longer_list_only_lets_in() -> None:
    found = rows(state(RISKS), state(RISKS, top_n=3))
    assert [row[:2] for row in found] == [("enters top risk", "c"), ("enters top gaps", "c")]


def test_moving_a_line_flips_exactly_the_flows_in_between() -> None:
    found = rows(state(RISKS, line=55), state(RISKS, line=45))
    assert found == [("decision", "c", "explore_only", "automate_now", 3, 3)]


def test_a_move_that_crosses_no_line_is_no_flip_and_the_largest_stands_first() -> None:
    outcome = compare(state(RISKS), state(RISKS | {"a": 71.0, "b": 58.0, "c": 50 + 1e-12}))
    assert outcome.flips == []
    assert [(row["name"], row["risk_before"], row["risk_after"]) for row in outcome.moved] == [
        ("b", 60, 58),
        ("a", 70, 71),
    ]


def test_rules_and_verdicts_flip_by_what_they_say_or_by_whether_it_blocks() -> None:
    rule = {
        "gate": "release",
        "product": "all",
        "rule": "topn_coverage",
        "status": "fail",
        "mode": "observe",
    }
    verdict = {"product": "all", "verdict": "fail", "is_enforced": False}
    before = replace(
        state({}), rules={("release", "all", "topn_coverage"): rule}, verdicts={"all": verdict}
    )
    after = replace(
        before,
        rules={("release", "all", "topn_coverage"): rule | {"mode": "block"}},
        verdicts={"all": verdict | {"is_enforced": True}},
    )
    assert rows(before, after) == [
        ("rule", "release topn_coverage", "fail [observe]", "fail [block]", None, None),
        ("verdict", "release", "fail [observed]", "fail", None, None),
    ]


def test_a_test_that_no_longer_ran_in_the_window_has_no_verdict() -> None:
    before = replace(state({}), flakes={"one": "stable", "two": "stable"})
    after = replace(state({}), flakes={"one": "flaky_confirmed"})
    assert rows(before, after) == [
        ("flake verdict", "one", "stable", "flaky_confirmed", None, None),
        ("flake verdict", "two", "stable", "none", None, None),
    ]


def test_a_gap_that_closes_leaves_the_list_and_has_no_rank_any_more() -> None:
    after = replace(state(RISKS), gaps={"b": state(RISKS).gaps["b"] | {"rank": 1}})
    assert rows(state(RISKS), after) == [
        ("leaves top gaps", "a", "high_usage_low_coverage", None, 1, None)
    ]


PORTFOLIO = st.dictionaries(st.text(min_size=1, max_size=3), st.floats(0, 100), max_size=8)


@given(PORTFOLIO, st.integers(0, 9), st.integers(0, 9))
def test_who_enters_is_in_the_list_after_and_who_leaves_before(
    risks: dict[str, float], few: int, many: int
) -> None:
    before, after = state(risks, few), state(risks, many)
    found = compare(before, after)
    names = {row["name"] for row in found.flips if row["change"].endswith("top risk")}
    assert names == before.top_flows ^ after.top_flows
    assert found.moved == []
