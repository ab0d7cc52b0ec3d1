"""Route patterns to flows: the SQL of the real models on a million templates."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.figures import Bar, Figure, judged
from benchmarks.generate import routes
from benchmarks.probe import ROOT, middle, probe, repeated

TEMPLATES, PATTERNS = 1_000_000, 300
MODELS = ("int_route_patterns__segmented", "int_routes__segmented", "int_routes__mapped")
_INPUTS = """
    create schema staging; create schema seeds; create schema intermediate;
    create table seeds.route_patterns as from read_csv('{folder}/patterns.csv', header = true, all_varchar = true);
    alter table seeds.route_patterns alter priority type bigint;
    create table staging.stg_usage__counts as
        select *, 'request' as kind from read_csv('{folder}/routes.csv', header = true, all_varchar = true);
"""


def measure(folder: Path, size: float) -> list[Figure]:
    """Seconds of the three models."""
    templates = round(TEMPLATES * size)
    _write(folder / "routes.csv", ("service", "method", "event"), routes.routes(templates))
    columns = ("service", "method", "pattern", "flow", "priority")
    _write(folder / "patterns.csv", columns, routes.patterns(PATTERNS))
    _compile(folder)
    runs = repeated(lambda: probe("benchmarks.rows.routes:build", folder))
    found = runs[0].result
    if found["routes"] != templates:
        raise ValueError(f"{found['routes']} different routes, not {templates}")
    seconds = middle([run.seconds for run in runs])
    return [
        judged(
            f"route patterns to flows, {templates:,} templates, {PATTERNS} patterns",
            Bar("<=", 10, "s"),
            seconds,
            measured=f"{found['mapped']:,} mapped, peak {runs[0].peak_mb:,.0f} MB",
        )
    ]


def _write(place: Path, columns: tuple[str, ...], rows: Iterable[Iterable[object]]) -> None:
    with place.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows(rows)


def _compile(folder: Path) -> None:
    command = [str(Path(sys.executable).with_name("dbt")), "compile", "--no-introspect", "-q"]
    command += ["--profiles-dir", ".", "--target-path", str(folder), "--log-path", str(folder)]
    subprocess.run(
        [*command, "--select", *MODELS],
        cwd=ROOT / "dbt_project",
        env={**os.environ, "GAPSIGHT_WAREHOUSE": ":memory:", "GAPSIGHT_LAKE": ""},
        check=True,
        capture_output=True,
    )


def build(folder: str) -> Callable[[], dict[str, int]]:
    """The models as tables, one after the other, in a database in memory."""
    import duckdb

    nodes = json.loads((Path(folder) / "manifest.json").read_text())["nodes"]
    compiled = {name: nodes[f"model.gapsight.{name}"]["compiled_code"] for name in MODELS}
    memory = duckdb.connect()
    memory.execute(_INPUTS.format(folder=folder))

    def work() -> dict[str, int]:
        for name in MODELS:
            memory.execute(f"create table intermediate.{name} as {compiled[name]}")
        return {what: _count(MODELS[n]) for n, what in ((1, "routes"), (2, "mapped"))}

    def _count(name: str) -> int:
        found = memory.execute(f"select count(*) from intermediate.{name}").fetchone()  # noqa: S608
        return int(found[0]) if found else 0

    return work
