"""What was known before: marts marked `keep_history`, one file per mart and as-of day, in the lake.

A warehouse is rebuilt from the lake with today's code and seeds at any time; what a person was told on a day is
not. `<lake>/history/<mart>/<as-of day>.parquet` holds the mart's rows of that day, as published. All files of a mart
have the same columns, so that what reads years need not open each file to know them: a column that came later is NULL
on the days before, one that went stays.

A mart marked `keep_history: last` is its own memory: it holds the rows that it told before and that no source tells
of any more. Its rows of the last run are enough, so there is one file, whatever the day.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import duckdb

from orchestration import sql_text
from orchestration.lake import Lake, is_whole
from orchestration.memory import connect
from orchestration.settings import Settings

How = Literal["run", "replay"]
"""Kept by the run that published it, or computed afterwards from what the lake holds."""

_EMPTY = "columns"
_LAST = "last"
_EARLIER = {"_schema", "schema"}
"""What the empty file was called while other files of its mart had columns of their own."""
_NO_DAYS = {_EMPTY, _LAST, *_EARLIER}
"""Files that stand for no day."""
_ADDED = {"kept_by": "string", "code_version": "string"}


@dataclass(frozen=True)
class Kept:
    """A mart whose days are kept."""

    name: str
    columns: Mapping[str, str]
    """Column of the mart -> type, as its contract has them; and `as_of`."""
    by_day: bool = True
    """Whether each as-of day has rows of its own; else those of the last run are kept."""


def kept_marts(manifest: Mapping[str, Any]) -> list[Kept]:
    """Marts that are marked in the project."""
    nodes = (node for node in manifest["nodes"].values() if node["resource_type"] == "model")
    return sorted(
        (
            Kept(
                node["alias"],
                {c["name"]: c["data_type"] for c in node["columns"].values()} | {"as_of": "date"},
                by_day=node["config"]["meta"]["keep_history"] != _LAST,
            )
            for node in nodes
            if node["config"]["meta"].get("keep_history")
        ),
        key=lambda mart: mart.name,
    )


def prepare(lake: Path, marts: Iterable[Kept]) -> None:
    """Give every kept mart an empty file, so that a lake without a day is an empty table, and all files its columns.

    The empty file is written last: a migration that is killed goes on at the next build.
    """
    for mart in marts:
        folder = lake / "history" / mart.name
        empty = folder / f"{_EMPTY}.parquet"
        for name in _EARLIER:
            folder.joinpath(f"{name}.parquet").unlink(missing_ok=True)
        with duckdb.connect() as memory:
            nothing = memory.sql("select 1").limit(0)
            today = _columns(nothing.project(_as({**mart.columns, **_ADDED}, {})))
            if is_whole(empty) and today.items() <= _columns(_read(memory, empty)).items():
                continue
            _write(nothing.project(_as(_migrate(memory, folder, today), {})), empty)


def _migrate(
    memory: duckdb.DuckDBPyConnection, folder: Path, today: Mapping[str, str]
) -> Mapping[str, str]:
    """Give every kept file today's columns and those that any of them has besides; all these, by name with type."""
    places = [p for p in sorted(folder.glob("*.parquet")) if p.stem != _EMPTY and is_whole(p)]
    found = {place: _columns(_read(memory, place)) for place in places}
    every = {**today}
    for columns in found.values():
        every.update({name: kind for name, kind in columns.items() if name not in every})
    for place, columns in found.items():
        if columns != every:
            own = {name: sql_text.name(name) for name in columns}
            _write(_read(memory, place).project(_as(every, own)), place)
    return every


def _as(columns: Mapping[str, str], values: Mapping[str, str]) -> str:
    """The columns to select, each with its type; NULL where nothing is given."""
    return ", ".join(
        f"cast({values.get(name, 'null')} as {kind}) as {sql_text.name(name)}"
        for name, kind in columns.items()
    )


def days(settings: Settings, mart: str, *, kept_by: How | None = None) -> list[date]:
    """As-of days of which a mart's rows are kept, oldest first."""
    places = [p for p in _folder(settings, mart).glob("*.parquet") if p.stem not in _NO_DAYS]
    found = sorted(date.fromisoformat(place.stem) for place in places)
    if kept_by is None or not found:
        return found
    with duckdb.connect() as memory:
        query = "select distinct as_of from read_parquet(?) where kept_by = ? order by 1"
        rows = memory.execute(query, [list(map(str, places)), kept_by]).fetchall()
    return [row[0] for row in rows]


def digest(settings: Settings) -> str:
    """Hash of all days before the newest loaded one, which the models look back at; that one's rows come of them.

    Of name, size and time of each file: it is written once, and of years there are too many to read every night.
    What a mart remembers of its last run is in its rows already: built again, it would be the same.
    """
    loaded = Lake(settings.paths.lake).last_day()
    total = hashlib.sha256()
    for place in sorted((settings.paths.lake / "history").glob("*/*.parquet")):
        if place.stem in _NO_DAYS:
            continue
        if (settings.as_of or loaded or date.max) > date.fromisoformat(place.stem):
            found = place.stat()
            known = (place.parent.name, place.stem, found.st_size, found.st_mtime_ns)
            total.update(repr(known).encode())
    return total.hexdigest()


def keep(settings: Settings, marts: Iterable[Kept], *, how: How, code_version: str) -> date | None:
    """Write the rows of the warehouse's as-of day; the day they stand for, None for an empty warehouse.

    Every file is complete before the first one gets its name: a kill between two names leaves older files of the
    same day, which the next run of that day replaces.
    """
    with connect(settings) as memory:
        memory.execute("set TimeZone = 'UTC'")
        memory.execute(
            f"attach {sql_text.text(str(settings.paths.warehouse))} as warehouse (read_only)"
        )
        # All of them: a result that is not read to its end holds the connection.
        days = memory.execute("select as_of from warehouse.intermediate.int_run__as_of").fetchall()
        as_of: date | None = days[0][0] if days else None
        if as_of is None:
            return None
        own = {"as_of": str(as_of), "kept_by": how, "code_version": code_version}
        told = {name: sql_text.text(value) for name, value in own.items()}
        written: list[tuple[Path, Path]] = []
        for mart in marts:
            stem = as_of if mart.by_day else _LAST
            final = _folder(settings, mart.name) / f"{stem}.parquet"
            temporary = final.with_name(f".{final.name}.{os.getpid()}.tmp")
            every = _columns(_read(memory, final.with_stem(_EMPTY)))
            values = {name: sql_text.name(name) for name in mart.columns} | told
            rows = memory.table(f"warehouse.marts.{sql_text.name(mart.name)}")
            _copy(rows.project(_as(every, values)).order("all"), temporary)
            written.append((temporary, final))
        for temporary, final in written:
            temporary.replace(final)
    return as_of


def _folder(settings: Settings, mart: str) -> Path:
    return settings.paths.lake / "history" / mart


def _read(memory: duckdb.DuckDBPyConnection, place: Path) -> duckdb.DuckDBPyRelation:
    return memory.read_parquet(str(place), hive_partitioning=False)


def _columns(rows: duckdb.DuckDBPyRelation) -> Mapping[str, str]:
    return dict(zip(rows.columns, map(str, rows.types), strict=True))


def _write(rows: duckdb.DuckDBPyRelation, place: Path) -> None:
    temporary = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    _copy(rows, temporary)
    temporary.replace(place)


def _copy(rows: duckdb.DuckDBPyRelation, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        place.unlink()
    rows.write_parquet(str(place), compression="zstd")
    with place.open("rb") as stream:
        os.fsync(stream.fileno())
