"""Runs golden cases through the real models (golden/README.md of the shared documents describes the shape).

For each group a scratch warehouse: the input relations come from the CSV files, only the models between
them and the compared ones are built, and every cell of the expected files is compared.
"""

import csv
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from dbt.cli.main import dbtRunner

from orchestration import history
from orchestration.dbt_run import close_warehouse
from orchestration.lake import Lake
from orchestration.settings import exporting
from tests.golden.groups import GROUPS, Expected, Group

ROOT = Path(__file__).parents[2]
TOLERANCE = 1e-5
DEFAULT_AS_OF = "2026-06-30"
_TESTS = "int_tests__identified"
_BY_DAY = {"int_test_attempts__resolved", "int_test_runs__resolved"}
"""Tables that hold each row by the day of its run, which the cases say by its start only."""


@dataclass(frozen=True)
class Result:
    """One compared file; `verdict` is ok, differs or not built yet."""

    file: str
    verdict: str
    detail: str = ""


class Bench:
    """A dbt project and a template warehouse in a scratch folder, built once from an empty lake."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.project = scratch / "dbt"
        self.template = self.warehouse("template")
        shutil.copytree(
            ROOT / "dbt_project", self.project, ignore=shutil.ignore_patterns("target", "logs")
        )
        lake = scratch / "lake"
        with Lake(lake).frozen():
            pass  # the empty tables are there from now on
        self._manifest = None
        self._manifest = self._dbt(self.template, "parse", lake=lake)
        manifest = json.loads((self.project / "target" / "manifest.json").read_text())
        history.prepare(lake, history.kept_marts(manifest))
        self._dbt(self.template, "build", "--exclude-resource-type", "test", "unit_test", lake=lake)
        self.nodes = self._read_manifest()

    def warehouse(self, name: str) -> Path:
        """Where the warehouse of that name lies: its file is called as what dbt parsed says."""
        folder = self.scratch / name
        folder.mkdir(exist_ok=True)
        return folder / "warehouse.duckdb"

    def _dbt(
        self, warehouse: Path, *arguments: str, lake: Path | None = None, is_parsed: bool = True
    ) -> Any:
        """Run dbt in this process with what it parsed once: another warehouse would make it parse all again."""
        values = {"GAPSIGHT_WAREHOUSE": str(warehouse), "GAPSIGHT_LAKE": str(lake or "")}
        place = ("--project-dir", str(self.project), "--profiles-dir", str(self.project))
        logs = ("--log-path", str(self.scratch), "--log-level", "none", "--log-level-file", "none")
        try:
            with exporting(values):
                done = dbtRunner(manifest=self._manifest if is_parsed else None).invoke(
                    [*arguments, *place, *logs]
                )
        finally:
            close_warehouse()
        if not done.success:
            results = getattr(done.result, "results", ())
            bad = [r for r in results if str(r.status) not in ("success", "pass", "skipped")]
            told = "\n".join(f"{r.node.name}: {r.message}" for r in bad)
            raise RuntimeError(f"dbt {' '.join(arguments)} failed:\n{done.exception or told}")
        return done.result

    def _read_manifest(self) -> dict[str, dict[str, Any]]:
        manifest = json.loads((self.project / "target" / "manifest.json").read_text())
        return {
            node["name"]: {
                "schema": node["schema"],
                "kind": node["resource_type"],
                "parents": [
                    parent.split(".")[-1]
                    for parent in node["depends_on"].get("nodes", [])
                    if parent.startswith(("model.", "seed."))
                ],
            }
            for node in manifest["nodes"].values()
            if node["resource_type"] in ("model", "seed")
        }

    def between(self, inputs: set[str], targets: tuple[str, ...]) -> list[str]:
        """The models to build: the targets and their ancestors, cut at the inputs."""
        found: set[str] = set()
        todo = list(targets)
        while todo:
            name = todo.pop()
            if name in found or name in inputs or self.nodes[name]["kind"] == "seed":
                continue
            found.add(name)
            todo += self.nodes[name]["parents"]
        return sorted(found)

    def unit_tests(self) -> None:
        """Run dbt's unit tests on the template; raises with dbt's output if one fails."""
        self._dbt(self.template, "test", "--select", "test_type:unit")

    def build(self, warehouse: Path, models: list[str]) -> None:
        # In full: a table by day is not told that its parents were filled in by hand.
        self._dbt(warehouse, "run", "--full-refresh", "--select", *models)


def run(folder: Path, bench: Bench) -> Iterator[Result]:
    """Compare every expected file of the folder; files whose group lacks inputs are left out."""
    not_built = {
        line.strip()
        for line in (Path(__file__).parent / "not_built.txt").read_text().splitlines()
        if line.strip() and not line.startswith("#")
    }
    for group in GROUPS:
        present = [e for e in group.expected if (folder / e.file).exists()]
        todo = [e for e in present if e.file not in not_built and set(e.models) <= set(bench.nodes)]
        yield from (Result(e.file, "not built yet") for e in present if e not in todo)
        if todo and all((folder / file).exists() for file in group.inputs):
            warehouse = build_group(bench, group, folder, tuple(todo))
            yield from (_compare(warehouse, expected, folder) for expected in todo)


def build_group(bench: Bench, group: Group, folder: Path, todo: tuple[Expected, ...]) -> Path:
    """A warehouse in which the models of a group are built from the files of a folder."""
    warehouse = bench.warehouse(group.name)
    shutil.copy(bench.template, warehouse)
    parameters = _parameters(folder, group.name)
    as_of = parameters.get("as_of", DEFAULT_AS_OF)
    with duckdb.connect(str(warehouse)) as connection:
        for file, relation in group.inputs.items():
            rows = _read(folder / file, group.renames)
            if relation == "score_weights":
                rows = [{"valid_from": "1900-01-01", **row} for row in rows]
            if relation in _BY_DAY:
                rows = [{"run_day": (row.get("started_at") or as_of)[:10], **row} for row in rows]
            _fill(connection, f"{bench.nodes[relation]['schema']}.{relation}", rows)
        if group.tests:
            tests = {row["test_id"]: row for row in _read(folder / group.tests, {})}
            _fill(connection, f"intermediate.{_TESTS}", list(tests.values()))
        _fill(connection, "intermediate.int_run__as_of", [{"as_of": as_of}])
        if "top_n" in parameters:
            connection.execute(
                "update seeds.thresholds set value = ? where name = 'top_n'", [parameters["top_n"]]
            )
        if "observed_from" in parameters:
            span = {name: parameters[name] for name in ("observed_from", "observed_to")}
            _fill(connection, "intermediate.int_ci__observed_range", [span])
    inputs = {*group.inputs.values(), "int_run__as_of", "int_ci__observed_range"}
    inputs |= {_TESTS} if group.tests else set()
    targets = tuple(model for expected in todo for model in expected.models)
    bench.build(warehouse, bench.between(inputs, targets))
    return warehouse


def _parameters(folder: Path, group: str) -> dict[str, str]:
    path = folder / "params.csv"
    rows = _read(path, {}) if path.exists() else []
    return {str(row["name"]): str(row["value"]) for row in rows if row["group"] == group}


def _read(path: Path, renames: dict[str, str] | Any) -> list[dict[str, str | None]]:
    with path.open(newline="") as file:
        return [
            {renames.get(name, name): value or None for name, value in row.items()}
            for row in csv.DictReader(file)
        ]


def _fill(
    connection: duckdb.DuckDBPyConnection, relation: str, rows: list[dict[str, str | None]]
) -> None:
    """Replace a relation by a table of the same columns and types; columns the rows lack are NULL."""
    columns = connection.execute(f"describe {relation}").fetchall()
    kind = connection.execute(
        "select table_type from information_schema.tables where table_schema || '.' || table_name = ?",
        [relation],
    ).fetchone()
    connection.execute(f"create table scratch_rows as select * from {relation} limit 0")
    connection.execute(f"drop {'view' if kind and kind[0] == 'VIEW' else 'table'} {relation}")
    connection.execute(f"create table {relation} as from scratch_rows")
    connection.execute("drop table scratch_rows")
    values = ", ".join(f"cast(? as {kind})" for _, kind, *_ in columns)
    connection.executemany(
        f"insert into {relation} values ({values})",
        [[row.get(name) for name, *_ in columns] for row in rows],
    )


def _compare(warehouse: Path, expected: Expected, folder: Path) -> Result:
    wanted = _read(folder / expected.file, {})
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        result = connection.execute(expected.query)
        names = [column[0] for column in result.description or ()]
        found = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    by_key = {tuple(str(row[key]) for key in expected.keys): row for row in found}
    columns = [name for name in wanted[0] if name in names]
    problems = [
        f"column {name} is missing" for name in _required(expected, wanted) if name not in names
    ]
    for row in wanted:
        key = tuple(str(row[name]) for name in expected.keys)
        if key not in by_key:
            problems.append(f"{'/'.join(key)}: no such row")
            continue
        problems += [
            f"{'/'.join(key)}.{name}: expected {row[name]}, got {by_key[key][name]}"
            for name in columns
            if not _same(row[name], by_key[key][name])
        ]
    if len(found) != len(wanted):
        problems.append(f"{len(wanted)} rows expected, {len(found)} found")
    detail = "; ".join(problems[:5]) + (
        f" ... and {len(problems) - 5} more" if len(problems) > 5 else ""
    )
    return Result(expected.file, "differs" if problems else "ok", detail)


def _required(expected: Expected, wanted: list[dict[str, str | None]]) -> list[str]:
    """Every column of the expected file, except the inputs that the decision cases carry along."""
    return ["case_id", "decision"] if expected.keys == ("case_id",) else list(wanted[0])


def _same(wanted: str | None, found: Any) -> bool:
    if wanted is None or found is None:
        return wanted is None and found is None
    if isinstance(found, bool):
        return wanted.lower() == str(found).lower()
    try:
        return abs(float(wanted) - float(found)) <= TOLERANCE
    except (TypeError, ValueError):
        return wanted == str(found)
