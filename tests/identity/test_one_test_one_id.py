"""One test in two formats is one test and runs once; under three names it is one test and has one history."""

import pytest

from tests.identity.conftest import Warehouse

pytestmark = pytest.mark.timeout(300)
CART = "twice::tests/shop/test_cart.py::TestCart"


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
