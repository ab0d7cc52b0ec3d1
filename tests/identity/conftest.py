"""One warehouse for all tests of identity, built once from rows of the raw tables."""

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import duckdb
import msgspec
import pytest

from ingest.ci.test_names import JOINT
from ingest.records import TestAttempt
from ingest.source import Context, RecordParser, Source
from ingest.sources import junit, playwright, pytest_json
from tests.golden.harness import Bench
from tests.identity.planted_renames import World, worlds

AS_OF = date(2026, 6, 30)
REPOS = 8
_BUILT = ("rpt_test_alias_proposals", "dim_tests", "fct_test_results", "fct_flake_verdicts")


@dataclass
class Warehouse:
    """The built models, and what was planted for them."""

    path: Path
    worlds: list[World]

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Rows of a query as dictionaries."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def parsed(source: Source, report: bytes, **run: Any) -> Iterable[dict[str, Any]]:
    """What a parser makes of a report, with what a bundle says of its run."""
    found = cast("RecordParser", source.parse)(io.BytesIO(report), Context(folder_day=AS_OF))
    for item in found:
        if isinstance(item, TestAttempt):
            yield {**msgspec.to_builtins(item), "source": source.name, **run}


def xml_of(*cases: str) -> bytes:
    """JUnit XML as pytest writes it since its version 6: without files."""
    return (
        f'<testsuites><testsuite name="pytest">{"".join(cases)}</testsuite></testsuites>'.encode()
    )


def in_two_formats() -> list[dict[str, Any]]:
    """One CI run whose reports came as JUnit XML and as JSON: of pytest, and of Playwright."""
    run = {"repo": "twice", "build": "1", "sha": "a" * 40, "branch": "main"}
    at = 'classname="tests.shop.test_cart.TestCart" time="0.3"'
    xml = xml_of(
        f'<testcase name="test_good" {at}><properties><property name="flow" value="cart"/>'
        "</properties></testcase>",
        f'<testcase name="test_bad[EUR]" {at}><failure message="no"/></testcase>',
        f'<testcase name="test_again" {at}/>',
        f'<testcase name="test_otherwise" {at}><failure message="no"/></testcase>',
    )
    ok, no = {"outcome": "passed", "duration": 0.1}, {"outcome": "failed", "duration": 0.1}
    place = "tests/shop/test_cart.py::TestCart::"

    def case(name: str, outcome: str, call: dict[str, Any]) -> dict[str, Any]:
        stages = {"setup": ok, "call": call, "teardown": ok}
        return {
            "nodeid": place + name, "outcome": outcome, **stages, "keywords": ["smoke"],
        }  # fmt: skip

    report = {
        "exitcode": 1, "created": 1782810732.5, "duration": 2,
        "tests": [
            case("test_good", "passed", ok), case("test_bad[EUR]", "failed", no),
            case("test_again", "rerun", ok), case("test_otherwise", "passed", ok),
        ],
    }  # fmt: skip
    rows = [*parsed(junit.SOURCE, xml, **run)]
    rows += parsed(pytest_json.SOURCE, json.dumps(report).encode(), **run)
    file, title = "e2e/cart.spec.ts", f"Cart{JOINT}pays @smoke"
    suites = "".join(
        f'<testsuite name="{file}" hostname="{project}"><testcase name="{title}"'
        f' classname="{file}" time="1"/></testsuite>'
        for project in ("chromium", "webkit")
    )
    results = [
        {"projectName": project, "results": [{"status": "passed", "duration": 1000}]}
        for project in ("chromium", "webkit")
    ]
    describe = {
        "title": "Cart",
        "specs": [{"title": "pays @smoke", "file": file, "tests": results}],
    }
    tree = {"config": {}, "suites": [{"title": file, "file": file, "suites": [describe]}]}
    rows += parsed(junit.SOURCE, f'<testsuites id="" name="">{suites}</testsuites>'.encode(), **run)
    rows += parsed(playwright.SOURCE, json.dumps(tree).encode(), **run)
    return rows


def renamed_twice() -> list[dict[str, Any]]:
    """A flaky test under three names, each for eight commits: only all of them show how flaky it is."""
    rows = []
    for number in range(24):
        name = ("test_first", "test_second", "test_third")[number // 8]
        statuses = ["failed", "passed"] if number % 8 == 4 else ["passed"]
        at = datetime(2026, 6, 6, 9, tzinfo=UTC) + timedelta(days=number)
        rows += [
            {
                "day": f"{at:%Y-%m-%d}", "source": "junit", "repo": "renamed", "build": str(number),
                "sha": f"{number:040x}", "branch": "main", "file": "a.py", "class_name": "a",
                "suite": "pytest", "name": name, "occurrence": 1, "raw_status": status,
                "status": status, "attempt": attempt, "zone_assumed": False,
                "started_at": f"{at:%Y-%m-%d %H:%M:%S}",
            }
            for attempt, status in enumerate(statuses, 1)
        ]  # fmt: skip
    return rows


ALIASES = (
    ("renamed::a.py::test_first", "renamed::a.py::test_second"),
    ("renamed::a.py::test_second", "renamed::a.py::test_third"),
    # Not renamed at all: both are in every report.
    ("twice::tests/shop/test_cart.py::TestCart::test_good", "twice::tests/shop/test_cart.py::TestCart::test_bad"),
)  # fmt: skip


def write(lake: Path, table: str, rows: list[dict[str, Any]]) -> None:
    """Rows as parts of a raw table, in its own columns and types."""
    empty = next((lake / table).glob("day=*/schema.parquet"))
    lines = lake.parent / f"{table}.jsonl"
    lines.write_text("\n".join(json.dumps({"_file": "f", **row}) for row in rows))
    with duckdb.connect() as memory:
        memory.execute(
            "copy ((select * from read_parquet(?, hive_partitioning = false) limit 0)"
            " union all by name (select * from read_json(?, sample_size = -1)))"
            f" to '{lake / table}'"
            " (format parquet, partition_by (day), filename_pattern 'planted_{uuid}', append)",
            [str(empty), str(lines)],
        )


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Everything that is planted, through the real models."""
    bench = Bench(tmp_path_factory.mktemp("identity"))
    planted = list(worlds(REPOS))
    lake = bench.scratch / "lake"
    attempts = [row for world in planted for row in world.attempts]
    write(lake, "test_attempts", [*attempts, *in_two_formats(), *renamed_twice()])
    write(lake, "ci_runs", [row for world in planted for row in world.runs])
    write(lake, "commits", [row for world in planted for row in world.commits])
    with duckdb.connect(str(bench.template)) as connection:
        connection.executemany("insert into seeds.test_aliases values (?, ?, 'qa')", ALIASES)
    models = [f"+{name}" for name in _BUILT]
    day = json.dumps({"as_of": AS_OF.isoformat()})
    # In full: these attempts came in no bundle, whose coming would tell the tables by day of them.
    arguments = ("run", "--full-refresh", "--select", *models)
    bench._dbt(bench.template, *arguments, "--vars", day, lake=lake)
    return Warehouse(bench.template, planted)
