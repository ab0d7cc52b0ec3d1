"""A small workspace on disk, and what its lake holds."""

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import duckdb

from ingest.records import TABLES
from orchestration.settings import Settings, load

DAY = date(2026, 6, 30)


def workspace(folder: Path, extra: str = "") -> Settings:
    """Settings of a new workspace in UTC."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gapsight.toml").write_text(f'[workspace]\nfirst_day = "2026-06-01"\n{extra}')
    return load(folder, environ={})


def incident(key: str, day: date = DAY, **fields: object) -> dict[str, object]:
    """One incident that begins and ends on a day."""
    return {
        "id": key,
        "title": f"outage {key}",
        "service": "web",
        "started_at": f"{day}T08:00:00Z",
        "resolved_at": f"{day}T09:00:00Z",
        "updated_at": f"{day}T09:30:00Z",
        **fields,
    }


def put_incidents(
    settings: Settings, name: str, incidents: Iterable[object], day: date = DAY
) -> Path:
    """One inbox file of incidents."""
    place = settings.paths.inbox / "incidents" / day.isoformat() / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(list(incidents)))
    return place


def rows(settings: Settings, table: str = "incidents", columns: str = "*") -> list[tuple]:
    """All rows of a lake table, as DuckDB's `raw` views show them, sorted."""
    with duckdb.connect() as memory:
        return memory.execute(
            f"select {columns} from read_parquet(?, hive_partitioning = true, "
            "hive_types = {'day': date}) order by all",
            [str(settings.paths.lake / table / "*" / "*.parquet")],
        ).fetchall()


def content(settings: Settings) -> dict[str, list[tuple]]:
    """Every row of every table."""
    return {table: rows(settings, table) for table in TABLES}


def parts(settings: Settings, table: str = "incidents") -> list[str]:
    """Names of a table's parts, the zero-row one left out."""
    found = (settings.paths.lake / table).glob("day=*/*--*.parquet")
    return sorted(f"{place.parent.name}/{place.name}" for place in found)
