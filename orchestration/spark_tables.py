"""What a build on Spark leaves, as a warehouse that everything after it reads as if DuckDB had built it.

Spark writes Parquet into a folder beside the warehouse, which then becomes views over it. Only a build that ended
well gets so far: until then nothing is published, and the next build begins with an empty folder.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from orchestration import builds, sql_text
from orchestration.dbt_run import STORED
from orchestration.settings import Settings

VIEWS = "config.materialized:view"
"""What to build as well when DuckDB goes on from such a warehouse: it has tables only."""
_ZONED = "TIMESTAMP WITH TIME ZONE"


class _Table(NamedTuple):
    schema: str
    name: str
    types: Mapping[str, str]
    """Column -> type of the contract, or of the seed; of a table without one, nothing."""
    is_seed: bool
    """Seeds are copied: dbt on DuckDB, as in a trial or after a change of engine, refuses to fill a view."""


def empty_folder(settings: Settings) -> None:
    """Leave nothing of an earlier build in the folder for the tables."""
    forget(settings)
    settings.paths.spark.mkdir(parents=True)


def forget(settings: Settings) -> None:
    """Remove what an earlier build left: the warehouse is another engine's now."""
    shutil.rmtree(settings.paths.spark, ignore_errors=True)


def copied(settings: Settings, folder: Path) -> None:
    """Give the tables of a build to another folder, without their bytes where the disk can."""
    shutil.copytree(settings.paths.spark, folder / settings.paths.spark.name, copy_function=_linked)


def _linked(old: str, new: str) -> str:
    try:
        os.link(old, new)
    except OSError:  # on another disk
        shutil.copyfile(old, new)
    return new


def take_over(settings: Settings, manifest: Mapping[str, Any]) -> None:
    """Make the warehouse anew, as views over what lies in the folder."""
    builds.discard(settings)
    with duckdb.connect(str(settings.paths.warehouse)) as warehouse:
        warehouse.execute("set TimeZone = 'UTC'")
        warehouse.execute("create schema raw")
        loads = sql_text.text(str(settings.paths.lake / "loads" / "*" / "*.parquet"))
        warehouse.execute(
            f"create view raw.loads as select * from read_parquet({loads},"  # noqa: S608
            " hive_partitioning = true, hive_types = {'day': date})"
        )
        for table in _tables(manifest):
            _view(warehouse, settings.paths.spark, table)


def _tables(manifest: Mapping[str, Any]) -> Iterator[_Table]:
    for node in manifest["nodes"].values():
        if node["config"].get("materialized") in {*STORED, "seed"}:
            described = node["columns"].values() if node["config"]["contract"]["enforced"] else ()
            types = {column["name"]: column["data_type"] for column in described}
            types |= node["config"].get("column_types") or {}
            is_seed = node["resource_type"] == "seed"
            yield _Table(node["schema"], node["alias"], types, is_seed)


def _view(warehouse: duckdb.DuckDBPyConnection, folder: Path, table: _Table) -> None:
    parts = folder / f"{table.schema}.db" / table.name
    warehouse.execute(f"create schema if not exists {sql_text.name(table.schema)}")
    relation = f"{sql_text.name(table.schema)}.{sql_text.name(table.name)}"
    if not any(parts.glob("*.parquet")):  # an empty seed, into which nothing was inserted
        columns = ", ".join(f"{sql_text.name(name)} {kind}" for name, kind in table.types.items())
        warehouse.execute(f"create table {relation} ({columns})")
        return
    place = sql_text.text(str(parts / "*.parquet"))
    found = warehouse.execute(f"describe select * from read_parquet({place})").fetchall()  # noqa: S608
    columns = ", ".join(_column(name, kind, table.types.get(name)) for name, kind, *_ in found)
    kind = "table" if table.is_seed else "view"
    warehouse.execute(f"create {kind} {relation} as select {columns} from read_parquet({place})")  # noqa: S608


def _column(name: str, found: str, wanted: str | None) -> str:
    """Spark marks its times, which are in UTC, as such; a contract says what a column is published as."""
    kind = wanted or ("TIMESTAMP" if found == _ZONED else found)
    return f"cast({sql_text.name(name)} as {kind}) as {sql_text.name(name)}"
