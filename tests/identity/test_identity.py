"""One test in two formats is one test and runs once; under three names it is one test and has one history.

Proposals of aliases against a planted truth: what is proposed is right, and how much is found. One file, as
the processes of the suite take whole files, and the warehouse is built once in each.
"""

import sys
from collections import Counter
from typing import Any

import pytest

from tests.identity.conftest import Warehouse

pytestmark = pytest.mark.timeout(300)
Pairs = set[tuple[str, str]]
CART = "twice::tests/shop/test_cart.py::TestCart"


@pytest.fixture(scope="module")
def proposals(warehouse: Warehouse) -> list[dict[str, Any]]:
    return warehouse.rows("select * from marts.rpt_test_alias_proposals")


@pytest.fixture(scope="module")
def truth(warehouse: Warehouse) -> dict[tuple[str, str], str]:
    """Old and new id of every rename, with its kind."""
    return {pair: kind for world in warehouse.worlds for pair, kind in world.truth.items()}


def of_status(proposals: list[dict[str, Any]], *status: str) -> Pairs:
    return {(p["old_id"], p["new_id"]) for p in proposals if p["status"] in status}


def test_precision_is_one_and_recall_is_told(
    proposals: list[dict[str, Any]],
    truth: dict[tuple[str, str], str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    proposed = of_status(proposals, "proposed")
    right = proposed & set(truth)
    planted, hit = Counter(truth.values()), Counter(truth[pair] for pair in right)
    lines = [
        f"precision {len(right) / len(proposed):.3f} ({len(right)} of {len(proposed)})",
        f"recall    {len(right) / len(truth):.3f} ({len(right)} of {len(truth)})",
        *(f"  {kind:24} {hit[kind]:4} of {count:4}" for kind, count in sorted(planted.items())),
    ]
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
    assert proposed - set(truth) == set()
    assert len(right) / len(truth) > 0.9


def test_proposals_are_one_to_one(proposals: list[dict[str, Any]]) -> None:
    old, new = zip(*of_status(proposals, "proposed"), strict=True)
    assert len(set(old)) == len(old)
    assert len(set(new)) == len(new)


def test_a_test_that_still_runs_is_never_an_old_id(
    warehouse: Warehouse, proposals: list[dict[str, Any]]
) -> None:
    running = {test.id(world.repo) for world in warehouse.worlds for test in world.running()}
    assert running
    listed = of_status(proposals, "proposed", "ambiguous", "unproven")
    assert {old for old, _ in listed} & running == set()


def test_what_is_only_alike_is_listed_and_not_proposed(
    proposals: list[dict[str, Any]], truth: dict[tuple[str, str], str]
) -> None:
    rewritten = {pair for pair, kind in truth.items() if kind == "renamed and rewritten"}
    assert rewritten & of_status(proposals, "proposed") == set()
    assert rewritten & of_status(proposals, "unproven")
    assert all(p["confidence"] < 0.5 for p in proposals if p["status"] == "unproven")
    assert all(p["confidence"] >= 0.9 for p in proposals if p["status"] == "proposed")


def test_what_people_have_accepted_is_not_proposed_again(proposals: list[dict[str, Any]]) -> None:
    assert not [p for p in proposals if p["repo"] == "renamed"]


def test_two_reports_of_one_run_give_each_test_once(warehouse: Warehouse) -> None:
    ids = [row["test_id"] for row in warehouse.rows("from marts.dim_tests where repo = 'twice'")]
    assert sorted(ids) == [
        "twice::e2e/cart.spec.ts::Cart \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} pays",
        f"{CART}::test_again",
        f"{CART}::test_bad[EUR]",
        f"{CART}::test_good",
        f"{CART}::test_otherwise",
    ]


def test_attempts_that_both_formats_tell_are_counted_once(warehouse: Warehouse) -> None:
    rows = warehouse.rows("from marts.fct_test_results where repo = 'twice'")
    found = {
        (row["test_id"].rpartition("::")[2], row["environment"]): (
            row["attempts"], row["failed_attempts"], row["status"], row["is_flaky_run"],
        )
        for row in rows
    }  # fmt: skip
    title = "Cart \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} pays"
    assert found == {
        ("test_good", "default"): (1, 0, "passed", False),
        ("test_bad[EUR]", "default"): (1, 1, "failed", False),
        # JUnit knows the attempt that counted, JSON the one before it as well.
        ("test_again", "default"): (2, 1, "passed", True),
        # The formats contradict each other: two executions, and no failure is thrown away.
        ("test_otherwise", "default"): (2, 1, found["test_otherwise", "default"][2], True),
        (title, "chromium"): (1, 0, "passed", False),
        (title, "webkit"): (1, 0, "passed", False),
    }


def test_each_format_adds_the_tags_that_the_other_lacks(warehouse: Warehouse) -> None:
    (row,) = warehouse.rows(f"from marts.dim_tests where test_id = '{CART}::test_good'")
    assert row["flow_from"] is None, "no catalogue here knows the flow"
    (tagged,) = warehouse.rows(
        f"from intermediate.int_tests__tagged where test_id = '{CART}::test_good'"
    )
    assert tagged["flow_tag"] == "cart"


def test_a_test_under_three_names_has_one_history(warehouse: Warehouse) -> None:
    (test,) = warehouse.rows("from marts.dim_tests where repo = 'renamed'")
    assert test["test_id"] == "renamed::a.py::test_third"
    assert test["previous_ids"] == "renamed::a.py::test_first, renamed::a.py::test_second"
    assert test["runs"] == 24
    (verdict,) = warehouse.rows("from marts.fct_flake_verdicts where repo = 'renamed'")
    assert (verdict["test_id"], verdict["k"], verdict["shas"]) == (test["test_id"], 3, 24)
    assert verdict["status"] == "flaky_confirmed"
    results = warehouse.rows("from marts.fct_test_results where repo = 'renamed'")
    assert {row["test_id"] for row in results} == {test["test_id"]}


def test_an_alias_of_two_tests_that_ran_side_by_side_joins_nothing_and_is_told(
    warehouse: Warehouse,
) -> None:
    (refused,) = warehouse.rows("from intermediate.int_test_aliases__refused")
    assert refused["old_id"] == f"{CART}::test_good"
    assert warehouse.rows(f"from marts.dim_tests where test_id = '{CART}::test_good'")
