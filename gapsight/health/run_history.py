"""Where Dagster keeps its runs, read without Dagster: files of the data folder, or a PostgreSQL of several machines."""

import json
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

from orchestration.settings import Settings

Row = tuple[Any, ...]
"""Id, job, status, when it was asked for, start and end (seconds since 1970)."""

# Of the runs that look for news every few minutes the last one says enough.
_ROWS = """
    select run_id, pipeline_name, status, create_timestamp, start_time, end_time
    from runs
    where pipeline_name <> 'watch' or id = (select max(id) from runs where pipeline_name = 'watch')
    order by id desc
    limit 200
"""
_ATTEMPTS, _PAUSE_S = 4, 0.03
_SECONDS = 10


class UnreadableError(Exception):
    """The history is there, but cannot be read."""


class History(Protocol):
    """The last runs, newest first."""

    what_to_do: str
    """Where it cannot be read."""

    def rows(self) -> list[tuple[Row, dict[str, str]]]:
        """Runs with their tags; raises UnreadableError."""

    def failed_steps(self, run_id: str) -> list[str]:
        """Names of the steps that failed; empty where nothing is known of them."""


def of(settings: Settings) -> History | None:
    """The history of a workspace; None while it has none."""
    if settings.postgres_env:
        return _Postgres(settings.postgres_env, settings.credentials)
    place = settings.paths.dagster_home / "history" / "runs.db"
    return _Files(place) if place.exists() else None


class _Files:
    def __init__(self, place: Path) -> None:
        self._place = place
        self.what_to_do = (
            f"stop gapsight dev, move {place} away and run again: data are not touched by that"
        )

    def rows(self) -> list[tuple[Row, dict[str, str]]]:
        """Read again where it fails: whoever writes may close the database at the same moment."""
        for _ in range(_ATTEMPTS - 1):
            try:
                return self._rows()
            except (sqlite3.Error, OSError):
                time.sleep(_PAUSE_S)
        try:
            return self._rows()
        except (sqlite3.Error, OSError) as error:
            raise UnreadableError(str(error)) from error

    def _rows(self) -> list[tuple[Row, dict[str, str]]]:
        named = "select run_id, key, value from run_tags where run_id in (select value from json_each(?))"
        with closing(_opened(self._place)) as connection:
            rows = connection.execute(_ROWS).fetchall()
            ids = json.dumps([row[0] for row in rows])
            return _tagged(rows, connection.execute(named, [ids]).fetchall())

    def failed_steps(self, run_id: str) -> list[str]:
        failed = (
            "select distinct step_key from event_logs where dagster_event_type = 'STEP_FAILURE'"
        )
        try:
            with closing(_opened(self._place.parent / "runs" / f"{run_id}.db")) as connection:
                return [str(row[0]) for row in connection.execute(failed)]
        except (sqlite3.Error, OSError):
            return []


class _Postgres:
    def __init__(self, variable: str, credentials: Mapping[str, str]) -> None:
        self._url = credentials.get(variable, "").replace("+psycopg2://", "://", 1)
        self.what_to_do = f"see whether {variable} names a PostgreSQL that answers, as in [dagster]"

    def rows(self) -> list[tuple[Row, dict[str, str]]]:
        rows = self._asked(_ROWS)
        named = "select run_id, key, value from run_tags where run_id = any(%s)"
        return _tagged(rows, self._asked(named, [row[0] for row in rows]))

    def failed_steps(self, run_id: str) -> list[str]:
        failed = (
            "select distinct step_key from event_logs"
            " where dagster_event_type = 'STEP_FAILURE' and run_id = %s"
        )
        return [str(row[0]) for row in self._asked(failed, run_id)]

    def _asked(self, query: str, *values: object) -> list[Row]:
        import psycopg

        if not self._url:
            raise UnreadableError("the variable is not set")
        try:
            with psycopg.connect(
                self._url, connect_timeout=_SECONDS, autocommit=True
            ) as connection:
                return connection.execute(query.encode(), values or None).fetchall()
        except psycopg.Error as error:
            # Its text may repeat the address; what failed is in the first line, where it is not.
            raise UnreadableError(type(error).__name__) from None


def _tagged(rows: list[Row], named: list[Row]) -> list[tuple[Row, dict[str, str]]]:
    tags: dict[str, dict[str, str]] = {row[0]: {} for row in rows}
    for run_id, key, value in named:
        tags[run_id][key] = value
    return [(row, tags[row[0]]) for row in rows]


def _opened(history: Path) -> sqlite3.Connection:
    """Open SQLite without creating, locking or repairing anything beside it.

    Even a reader would make the files of a write-ahead log that is not there, or its index anew.
    """
    wal = history.with_name(f"{history.name}-wal")
    is_in_use = wal.exists() and wal.stat().st_size > 0
    address = f"{history.as_uri()}?{'mode=ro&readonly_shm=1' if is_in_use else 'immutable=1'}"
    return sqlite3.connect(address, uri=True, timeout=0.1)
