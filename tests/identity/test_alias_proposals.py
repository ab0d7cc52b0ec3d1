"""Proposals of aliases against a planted truth: what is proposed is right, and how much is found."""

import sys
from collections import Counter
from typing import Any

import pytest

from tests.identity.conftest import Warehouse

pytestmark = pytest.mark.timeout(300)
Pairs = set[tuple[str, str]]


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
