"""A small workspace on disk, and what its lake holds."""

import dataclasses
import json
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest import sources
from ingest.records import TABLES
from orchestration.days import Days
from orchestration.loading import LoadReport, load_family
from orchestration.settings import Settings
from orchestration.settings import load as settings_of

DAY = date(2026, 6, 30)
NEXT = DAY + timedelta(days=1)


def workspace(folder: Path, extra: str = "") -> Settings:
    """Settings of a new workspace in UTC."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gapsight.toml").write_text(f'[workspace]\nfirst_day = "2026-06-01"\n{extra}')
    return settings_of(folder, environ={})


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


def load(settings: Settings, days: Days | None = None) -> LoadReport:
    """Load what the inbox holds of incidents."""
    return load_family(settings, "incidents", days=days)


def fill(settings: Settings, numbers: Iterable[int]) -> None:
    """A file for each number: two incidents that begin on two days, and a reject."""
    for number in numbers:
        day = DAY + timedelta(days=number % 3)
        listed = [incident(f"I-{number}", day), incident(f"J-{number}", day + timedelta(days=1))]
        put_incidents(settings, f"{number}.json", [*listed, {"title": "no id"}], day)


def with_source(monkeypatch: pytest.MonkeyPatch, name: str, **changes: Any) -> None:
    """A source as its next version might be."""
    changed = dataclasses.replace(sources.get(name), **changes)
    known = sources.get
    monkeypatch.setattr(sources, "get", lambda asked: changed if asked == name else known(asked))
