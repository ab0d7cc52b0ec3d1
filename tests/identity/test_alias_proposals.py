"""Proposals of aliases against a planted truth: what is proposed is right, and how much is found."""

import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.records import TABLES
from tests.golden.harness import Bench
from tests.identity.planted_renames import World, worlds

pytestmark = pytest.mark.timeout(300)
REPOS = 8
AS_OF = "2026-06-30"


@dataclass
class Found:
    """The planted repositories and what the mart says of them."""

    worlds: list[World]
    proposals: list[dict[str, Any]]

    @property
    def truth(self) -> dict[tuple[str, str], str]:
        """Old and new id of every rename, with its kind; a test renamed twice counts from name to name."""
        return {pair: kind for world in self.worlds for pair, kind in world.truth.items()}

    def pairs(self, *status: str) -> set[tuple[str, str]]:
        """Ids of the rows of a status."""
        return {(p["old_id"], p["new_id"]) for p in self.proposals if p["status"] in status}


def write(lake: Path, table: str, rows: list[dict[str, Any]]) -> None:
    """Rows as one part of a raw table, in its own columns and types."""
    empty = next((lake / table).glob("day=*/_schema.parquet"))
    lines = lake.parent / f"{table}.jsonl"
    lines.write_text("\n".join(json.dumps({"_file": "f", **row}) for row in rows))
    with duckdb.connect() as memory:
        memory.execute(
            "copy ((select * from read_parquet(?, hive_partitioning = false) limit 0)"
            " union all by name (select * from read_json(?, sample_size = -1)))"
            f" to '{lake / table}' (format parquet, partition_by (day), filename_pattern 'planted_{{uuid}}', append)",
            [str(empty), str(lines)],
        )


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    scratch = tmp_path_factory.mktemp("aliases")
    bench = Bench(scratch)
    planted = list(worlds(REPOS))
    rows = {
        "test_attempts": [row for world in planted for row in world.attempts],
        "ci_runs": [row for world in planted for row in world.runs],
        "commits": [row for world in planted for row in world.commits],
    }
    assert set(rows) <= set(TABLES)
    for table, of_table in rows.items():
        write(scratch / "lake", table, of_table)
    bench._dbt(
        bench.template,
        *("run", "--select", "+rpt_test_alias_proposals", "--vars", json.dumps({"as_of": AS_OF})),
        lake=scratch / "lake",
    )
    with duckdb.connect(str(bench.template), read_only=True) as connection:
        cursor = connection.execute("select * from marts.rpt_test_alias_proposals")
        names = [column[0] for column in cursor.description or ()]
        proposals = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return Found(planted, proposals)


def test_precision_is_one_and_recall_is_told(
    found: Found, capsys: pytest.CaptureFixture[str]
) -> None:
    proposed, truth = found.pairs("proposed"), found.truth
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


def test_proposals_are_one_to_one(found: Found) -> None:
    old, new = zip(*found.pairs("proposed"), strict=True)
    assert len(set(old)) == len(old)
    assert len(set(new)) == len(new)


def test_a_test_that_still_runs_is_never_an_old_id(found: Found) -> None:
    running = {test.id(world.repo) for world in found.worlds for test in world.running()}
    assert running
    assert {old for old, _ in found.pairs("proposed", "ambiguous", "unproven")} & running == set()


def test_what_is_only_alike_is_listed_and_not_proposed(found: Found) -> None:
    rewritten = {pair for pair, kind in found.truth.items() if kind == "renamed and rewritten"}
    assert rewritten <= found.pairs("unproven")
    assert all(p["confidence"] < 0.5 for p in found.proposals if p["status"] == "unproven")
    assert all(p["confidence"] >= 0.9 for p in found.proposals if p["status"] == "proposed")
