"""Publishing: what everybody may read, each file replaced whole.

A reader that has the old marts.duckdb open keeps it; one that opens it afterwards sees the new one.
"""

import csv
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import duckdb

from orchestration import sql_text
from orchestration.lake import write_synced
from orchestration.memory import connect
from orchestration.published_days import PublishedDays
from orchestration.settings import Settings

SCHEMA = "marts"
# In the published file the tables lie in its main schema: the file is called marts.duckdb, so whoever opens
# it may write marts.x as well as x. A schema `marts` inside it would make marts.x ambiguous to DuckDB 2.
_TARGET = "published.main"
STORAGE = "v1.0.0"  # the oldest format: the tools of analysts are often older than this DuckDB
_AS_OF = "intermediate.int_run__as_of"
TABLES_AS_CSV = {"topn_gaps.csv": ("fct_top_gaps", "gap_rank")}
"""File, and the mart and order of its rows."""
SUMMARY = {
    "readiness": ("rpt_release_readiness", "true", "product"),
    "gates": ("rpt_gate_results", "true", "gate, product, rule"),
    "top_gaps": ("fct_top_gaps", "gap_rank <= 10", "gap_rank"),
    "freshness": ("rpt_freshness", "true", "source"),
}
"""Key of summary.json, and the mart, condition and order of its rows."""
_META_TABLE = (
    "One row: what this file was made from, and when. Two builds of the same lake differ here only."
)
_META = {
    "built_at": ("timestamp", "When the file was published, in UTC."),
    "code_version": ("varchar", "Version of gapsight and hash of its models."),
    "as_of": ("date", "The day everything is computed for; NULL if no data were loaded."),
    "workspace": ("varchar", "Name of the workspace in gapsight.toml."),
    "reporting_zone": ("varchar", "Time zone in which days are counted."),
    "source_windows_json": ("varchar", "First and last inbox day and number of files, by source."),
    "row_counts_json": ("varchar", "Rows of each table, by name."),
}
"""Column of `_meta`: its type and its description."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Tick = Callable[[str], None]


@dataclass(frozen=True)
class Mart:
    """A mart as the manifest describes it."""

    name: str
    description: str
    columns: Mapping[str, str]
    day: str | None = None
    """The column by whose days it is stored, if it is."""


def marts_of(manifest: Mapping[str, Any]) -> list[Mart]:
    """Every model of the published schema, by name."""
    nodes = (n for n in manifest["nodes"].values() if n["resource_type"] == "model")
    return sorted(
        (
            Mart(
                node["alias"],
                node["description"],
                {name: column["description"] for name, column in node["columns"].items()},
                node["config"]["meta"].get("by_day", {}).get("day"),
            )
            for node in nodes
            if node["schema"] == SCHEMA
        ),
        key=lambda mart: mart.name,
    )


def code_version_of(manifest: Mapping[str, Any]) -> str:
    """Version of the package and hash of the project's own files: checksums, no times and paths."""
    try:
        package = version("gapsight")
    except PackageNotFoundError:  # run from a source tree that was never installed
        package = "0"
    nodes = sorted(manifest["nodes"].items())
    stable = json.dumps({key: node["checksum"] for key, node in nodes}).encode()
    return f"{package}+{hashlib.sha256(stable).hexdigest()[:12]}"


def publish(
    settings: Settings, marts: Iterable[Mart], code_version: str, *, tick: Tick | None = None
) -> dict[str, int]:
    """Write everything into the published folder and return the rows of each mart."""
    folder = settings.paths.published
    folder.mkdir(parents=True, exist_ok=True)
    for left in {*folder.glob(".*.tmp*"), *folder.glob("*.tmp")}:  # of a publisher that was killed
        shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
    temporary = folder / f".marts.duckdb.{os.getpid()}.tmp"
    rows: dict[str, int] = {}
    days = PublishedDays(settings)
    days.begin(temporary)
    marts = list(marts)
    with connect(settings) as memory:
        memory.execute("set TimeZone = 'UTC'")
        _attach(memory, settings.paths.warehouse, temporary)
        _clear(memory, {mart.name for mart in marts if mart.day} & days.tables)
        for mart in marts:
            rows[mart.name] = _copy(memory, mart, days)
            if tick:
                tick(mart.name)
        as_of = _describe(memory, settings, code_version, rows=rows)
        memory.execute("detach warehouse")
        memory.execute("checkpoint published")
        _export(memory, folder, marts, days=days)
        _write_summary(memory, folder, rows, as_of=as_of)
        memory.execute("detach published")
    _sync(temporary)
    temporary.replace(settings.paths.marts)
    _sync(folder)
    days.note()
    return rows


def _attach(memory: duckdb.DuckDBPyConnection, warehouse: Path, target: Path) -> None:
    memory.execute(f"attach {sql_text.text(str(warehouse))} as warehouse (read_only)")
    memory.execute(
        f"attach {sql_text.text(str(target))} as published (storage_version '{STORAGE}')"
    )


def _clear(memory: duckdb.DuckDBPyConnection, kept: set[str]) -> None:
    """Drop every table of the published file but those of which days are kept."""
    found = memory.execute(
        "select table_name from duckdb_tables() where database_name = 'published' order by table_name"
    )
    for (name,) in found.fetchall():
        if name not in kept:
            memory.execute(f"drop table {_TARGET}.{sql_text.name(name)}")


def _copy(memory: duckdb.DuckDBPyConnection, mart: Mart, days: PublishedDays) -> int:
    """Copy one mart, in an order that depends on its rows only, with its descriptions as comments."""
    place = f"{_TARGET}.{sql_text.name(mart.name)}"
    source = f"warehouse.{SCHEMA}.{sql_text.name(mart.name)}"
    if mart.day:
        days.bring(memory, mart.name, mart.day, place=place)
    else:
        memory.execute(f"create table {place} as select * from {source} order by all")  # noqa: S608
    memory.execute(f"comment on table {place} is {sql_text.text(mart.description)}")
    there = {row[0] for row in memory.execute(f"describe {place}").fetchall()}
    for column, description in mart.columns.items():
        if column in there:
            memory.execute(
                f"comment on column {place}.{sql_text.name(column)} is {sql_text.text(description)}"
            )
    found = memory.execute(f"select count(*) from {place}").fetchone()  # noqa: S608
    return int(found[0]) if found else 0


def _describe(
    memory: duckdb.DuckDBPyConnection,
    settings: Settings,
    code_version: str,
    *,
    rows: dict[str, int],
) -> date | None:
    """Write `_meta`, the one table in which two builds of the same lake differ."""
    found = memory.execute(f"select as_of from warehouse.{_AS_OF}").fetchone()  # noqa: S608
    as_of: date | None = found[0] if found else None
    windows = memory.execute(
        "select source, min(day), max(day), count(*) from warehouse.raw.loads group by source order by source"
    ).fetchall()
    described = {
        source: {"first_day": str(first), "last_day": str(last), "files": files}
        for source, first, last, files in windows
    }
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in _META.items())
    memory.execute(f"create table {_TARGET}._meta ({columns})")
    memory.execute(f"comment on table {_TARGET}._meta is {sql_text.text(_META_TABLE)}")
    for name, (_, description) in _META.items():
        memory.execute(f"comment on column {_TARGET}._meta.{name} is {sql_text.text(description)}")
    memory.execute(
        "insert into published.main._meta values (?, ?, ?, ?, ?, ?, ?)",
        [
            datetime.now(UTC).replace(tzinfo=None, microsecond=0),
            code_version,
            as_of,
            settings.name,
            settings.reporting_zone,
            json.dumps(described),
            json.dumps(rows),
        ],
    )
    return as_of


def _export(
    memory: duckdb.DuckDBPyConnection, folder: Path, marts: Iterable[Mart], *, days: PublishedDays
) -> None:
    """Each mart as Parquet, those by day a file for each month, and some as CSV for spreadsheets."""
    target = folder / "parquet"
    temporary = folder / f".parquet.{os.getpid()}.tmp"
    temporary.mkdir()
    target.mkdir(exist_ok=True)
    wanted: set[Path] = set()
    for mart in marts:
        todo, every = {target / f"{mart.name}.parquet": "true"}, {target / f"{mart.name}.parquet"}
        if mart.day:
            (target / mart.name).mkdir(exist_ok=True)
            todo, every = days.files(memory, mart.name, mart.day)
        for place, condition in todo.items():
            rows = f"select * from {_TARGET}.{sql_text.name(mart.name)} where {condition}"  # noqa: S608
            written = temporary / place.name
            memory.execute(f"copy ({rows}) to {sql_text.text(str(written))} (format parquet)")
            _sync(written)
            written.replace(place)
        wanted |= every
    temporary.rmdir()
    for old in {*target.glob("*.parquet"), *target.glob("*/*.parquet")} - wanted:
        old.unlink()
    for empty in target.glob("*/"):
        with suppress(OSError):  # has files
            empty.rmdir()
    _export_csv(memory, folder, {mart.name for mart in marts})


def _export_csv(memory: duckdb.DuckDBPyConnection, folder: Path, rows: Iterable[str]) -> None:
    for file, (mart, order) in TABLES_AS_CSV.items():
        if mart in rows:
            found = memory.execute(f"select * from {_TARGET}.{mart} order by {order}")  # noqa: S608
            _write_csv(folder / file, [c[0] for c in found.description], found.fetchall())


def _write_csv(place: Path, header: list[str], rows: Iterable[Iterable[object]]) -> None:
    temporary = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    with temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows([_cell(value) for value in row] for row in rows)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(place)


def _cell(value: object) -> object:
    """Text that a spreadsheet would run as a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _write_summary(
    memory: duckdb.DuckDBPyConnection, folder: Path, rows: Mapping[str, int], *, as_of: date | None
) -> None:
    summary: dict[str, object] = {"as_of": str(as_of) if as_of else None}
    for key, (mart, condition, order) in SUMMARY.items():
        if mart in rows:
            found = memory.execute(
                f"select * from {_TARGET}.{mart} where {condition} order by {order}"  # noqa: S608
            )
            names = [column[0] for column in found.description]
            summary[key] = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    text = json.dumps(summary, indent=2, default=str, ensure_ascii=False)
    write_synced(folder / "summary.json", text.encode() + b"\n")


def _sync(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
