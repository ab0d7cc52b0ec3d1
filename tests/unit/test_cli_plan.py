"""`gapsight plan`: which tickets are chosen within a budget, and what is said of the others."""

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapsight.cli.main import main
from gapsight.cli.plan import chosen
from tests.unit.cli_support import HOSTILE, add_rows, make_marts


def flow(name: str, gain: float | None, hours: float | None = None, **more: Any) -> dict[str, Any]:
    """A flow with a total of ten times its gain."""
    reason = "no gap is listed for it" if gain is None else None
    return {
        "flow": name,
        "product": "shop",
        "risk": 60.0,
        "risk_after": None if gain is None else 50.0,
        "usage_p95": 100.0,
        "weighted_risk": 10.0 * (gain or 1),
        "gain": gain,
        "effort_hours": hours,
        "gain_per_hour": gain / hours if gain is not None and hours else None,
        "not_planned_reason": reason,
        "as_of": date(2026, 6, 30),
        **more,
    }


def ranked(*flows: dict[str, Any]) -> list[dict[str, Any]]:
    """The same flows with their places, as the mart gives them."""
    rows = sorted(flows, key=lambda row: (row["gain"] is None, -(row["gain"] or 0), row["flow"]))
    gains = [row for row in rows if row["gain"] is not None]
    timed = [row for row in gains if row["effort_hours"] is not None]
    timed.sort(key=lambda row: (row["effort_hours"] > 0, -(row["gain_per_hour"] or 0)))
    for key, order in (("plan_rank", gains), ("plan_rank_per_hour", timed)):
        places = {row["flow"]: number for number, row in enumerate(order, 1)}
        for row in rows:
            row[key] = places.get(row["flow"])
    return rows


FLOWS = ranked(
    flow("big", 9, 30),
    flow("middle", 4, 4),
    flow("small", 1, 2),
    flow("untold", 8),
    flow("sound", None),
    flow("dark", None, not_planned_reason="its usage is not known", weighted_risk=None),
)


def names(rows: Any) -> list[str]:
    return [row["flow"] for row in rows]


def test_without_hours_the_tickets_that_gain_most_are_planned() -> None:
    plan = chosen(FLOWS, budget=2, hours=None)
    assert names(plan.planned) == ["big", "untold"]
    assert names(plan.over_budget) == ["middle", "small"]
    assert names(plan.hours_unknown) == []
    assert names(plan.not_planned) == ["dark", "sound"]
    assert (plan.gain, plan.total_before) == (17, 230)


def test_hours_are_spent_where_they_gain_most_and_what_does_not_fit_is_passed_over() -> None:
    plan = chosen(FLOWS, budget=None, hours=7)
    assert names(plan.planned) == ["middle", "small"]
    assert names(plan.over_budget) == ["big"]
    assert names(plan.hours_unknown) == ["untold"], "unknown hours are not 0"


def test_both_budgets_hold_together() -> None:
    assert names(chosen(FLOWS, budget=1, hours=100).planned) == ["middle"]


@pytest.mark.parametrize(("budget", "hours"), [(0, None), (None, 0.0), (0, 100.0)])
def test_no_budget_buys_nothing(budget: int | None, hours: float | None) -> None:
    plan = chosen(FLOWS, budget=budget, hours=hours)
    assert (names(plan.planned), plan.gain, plan.share_bought) == ([], 0, 0)


def test_a_budget_larger_than_the_list_takes_all_of_it() -> None:
    plan = chosen(FLOWS, budget=10**9, hours=None)
    assert len(plan.planned) == 4
    assert not plan.over_budget


def test_an_empty_catalogue_has_no_share_to_buy() -> None:
    assert chosen([], budget=3, hours=None).share_bought is None


def test_ten_times_a_tenth_of_an_hour_fits_into_one() -> None:
    flows = ranked(*(flow(f"f{n}", 1, 0.1) for n in range(10)))
    assert len(chosen(flows, budget=None, hours=1).planned) == 10


HOURS = st.none() | st.floats(0, 50)
SOME = st.lists(st.tuples(st.none() | st.floats(0.01, 100), HOURS), max_size=12)


@given(SOME, st.none() | st.integers(0, 15), HOURS)
def test_every_flow_has_one_place_budgets_hold_and_more_budget_never_buys_less(
    given: list[tuple[float | None, float | None]], budget: int | None, hours: float | None
) -> None:
    rows = ranked(*(flow(f"f{n}", gain, time) for n, (gain, time) in enumerate(given)))
    plan = chosen(rows, budget=budget, hours=hours)
    assert sorted(names(plan.rows())) == sorted(names(rows))
    assert budget is None or len(plan.planned) <= budget
    assert hours is None or sum(row["effort_hours"] for row in plan.planned) <= hours + 1e-9
    assert 0 <= plan.gain <= plan.total_before
    if hours is None and budget is not None:
        assert chosen(rows, budget=budget + 1, hours=None).gain >= plan.gain


@pytest.fixture
def marts(tmp_path: Path) -> str:
    path = make_marts(tmp_path / "marts.duckdb")
    rows = ranked(*FLOWS, flow(HOSTILE, 20, 3, owner="=cmd()", product="billing"))
    add_rows(path, "rpt_plan", rows)
    return str(path)


def test_text_says_what_is_bought_and_names_the_rest_with_its_reason(
    marts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "--marts", marts, "--hours", "7", "--product", "shop"]) == 0
    out = capsys.readouterr().out
    assert [line.split()[1] for line in out.splitlines()[1:3]] == ["middle", "small"]
    assert "60.0 -> 50.0" in out
    assert (
        "As of 2026-06-30, 2 tickets: exposure-weighted risk 230.0 -> 225.0 (2.2 % bought)\n"
        "hours: 6\n"
        "over the budget: big\n"
        "hours not known (effort_hours in flow_catalog): untold\n"
        "not planned, its usage is not known: dark\n"
        "not planned, no gap is listed for it: sound\n"
    ) in out


def test_each_format_carries_every_flow(marts: str, capsys: pytest.CaptureFixture[str]) -> None:
    def printed(form: str) -> str:
        assert main(["plan", "--marts", marts, "--budget", "1", "--format", form]) == 0
        return capsys.readouterr().out

    found = json.loads(printed("json"))
    assert (found["as_of"], found["budget"], found["hours"]) == ("2026-06-30", 1, None)
    assert (names(found["planned"]), len(found["over_budget"])) == ([HOSTILE], 4)
    assert found["total_before"] - found["gain"] == found["total_after"]
    rows = list(csv.DictReader(io.StringIO(printed("csv"))))
    assert [row["place"] for row in rows] == ["planned"] + 4 * ["over budget"] + 2 * ["not planned"]
    assert rows[0]["owner"] == "'=cmd()"
    markdown = printed("markdown")
    assert "<b>" not in markdown
    assert "\x1b" not in markdown + printed("text")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "a plan needs a budget"),
        (["--budget", "-1"], "--budget"),
        (["--budget", "1e400"], "--budget"),
        (["--hours", "nan"], "'nan' is no number of hours"),
        (["--hours", "inf"], "'inf' is no number of hours"),
        (["--hours", "-1"], "'-1' is no number of hours"),
        (["--hours", "1e400"], "is no number of hours"),
        (["--budget", "1", "--product", "shopp"], "there are: billing, shop"),
    ],
)
def test_wrong_usage_ends_with_3(
    words: list[str], expected: str, marts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "--marts", marts, *words]) == 3
    assert expected in capsys.readouterr().err
