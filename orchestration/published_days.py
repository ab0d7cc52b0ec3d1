"""Publishing tables that are stored by day (dbt_project/macros/by_day.sql): only the days that have changed.

The new published file begins as a copy of the one before, in which all other tables are written anew; beside it lies
one Parquet file for each month. What was published is noted beside the warehouse, with the state of the files that the
note speaks of: what is not as it was left, after a kill or a fault of the disk, is written again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path

import duckdb
import msgspec

from orchestration import builds, sql_text
from orchestration.lake import write_synced
from orchestration.settings import Settings

Spans = Mapping[str, Iterable[date]]
"""Month, as 2026-06 -> days of it."""


class _Note(msgspec.Struct):
    marts: str
    """Size and time of the published file."""
    days: dict[str, dict[date, str]]
    """Table -> day -> digest of what the day was made of."""
    months: dict[str, str] = {}
    """Size and time of each month's Parquet file, by its place."""


class PublishedDays:
    """Which days of which tables are published, and which must be written."""

    def __init__(self, settings: Settings) -> None:
        """Read the note; one that speaks of another file counts for nothing."""
        self._place = settings.paths.warehouse.with_suffix(".published")
        self._marts = settings.paths.marts
        self._parquet = settings.paths.published / "parquet"
        self._old: Mapping[str, Mapping[date, str]] = {}
        self._months: Mapping[str, str] = {}
        self._new: dict[str, dict[date, str]] = {}
        self._written: dict[str, Spans] = {}
        with suppress(OSError, msgspec.DecodeError):
            note = msgspec.json.decode(self._place.read_bytes(), type=_Note)
            if note.marts == builds.state_of(self._marts):
                self._old, self._months = note.days, note.months

    @property
    def tables(self) -> set[str]:
        """Tables of the published file of which something may be kept."""
        return set(self._old)

    def begin(self, temporary: Path) -> None:
        """Lay the published file under the temporary name, if there is anything in it to keep."""
        if self._old:
            builds.copy_file(self._marts, temporary)

    def bring(self, memory: duckdb.DuckDBPyConnection, name: str, day: str, *, place: str) -> None:
        """Make the table at `place` hold what the warehouse's holds, day by day."""
        source = f"warehouse.marts.{sql_text.name(name)}"
        columns = _columns(memory, source)
        wanted, known = _built(memory, name), self._old.get(name)
        if not wanted or known is None or _columns(memory, place) != columns:
            memory.execute(f"drop table if exists {place}")
            memory.execute(f"create table {place} as select * from {source} limit 0")  # noqa: S608
            known = {}
            changed = _days(memory, source, day)
        else:
            changed = {d for d in wanted.keys() | known.keys() if wanted.get(d) != known.get(d)}
        self._new[name], self._written[name] = wanted, _by_month(changed)
        order = ", ".join([sql_text.name(day), *(sql_text.name(column) for column, _ in columns)])
        for days in self._written[name].values():
            listed = ", ".join(f"date '{one}'" for one in days)
            among = f"{sql_text.name(day)} in ({listed})"
            memory.execute(f"delete from {place} where {among}")  # noqa: S608
            memory.execute(
                f"insert into {place} select * from {source} where {among} order by {order}"  # noqa: S608
            )

    def files(
        self, memory: duckdb.DuckDBPyConnection, name: str, day: str
    ) -> tuple[dict[Path, str], set[Path]]:
        """Files to write with the condition of their rows, and the files of all months that have rows."""
        place = f"published.main.{sql_text.name(name)}"
        every = {
            month: self._parquet / name / f"{month}.parquet"
            for month in _by_month(_days(memory, place, day))
        }
        todo = {
            file: f"date_trunc('month', {sql_text.name(day)}) = date '{month}-01'"
            for month, file in every.items()
            if month in self._written[name] or not self._is_as_noted(file)
        }
        return todo, set(every.values())

    def _is_as_noted(self, file: Path) -> bool:
        state = builds.state_of(file)
        return bool(state) and state == self._months.get(str(file.relative_to(self._parquet)))

    def note(self) -> None:
        """Remember what the published file, which has its name now, was made of."""
        days = {name: days for name, days in self._new.items() if days}
        months = {
            str(file.relative_to(self._parquet)): builds.state_of(file)
            for name in days
            for file in sorted((self._parquet / name).glob("*.parquet"))
        }
        note = _Note(builds.state_of(self._marts), days, months)
        write_synced(self._place, msgspec.json.encode(note))


def _built(memory: duckdb.DuckDBPyConnection, name: str) -> dict[date, str]:
    """Digest of each day of a table; nothing of one that was made whole, as Spark does."""
    try:
        found = memory.execute(
            "select day, digest from warehouse.state.built_days where model = ? order by day",
            [name],
        ).fetchall()
    except duckdb.CatalogException:
        return {}
    return dict(found)


def _columns(memory: duckdb.DuckDBPyConnection, relation: str) -> list[tuple[str, str]]:
    try:
        return [row[:2] for row in memory.execute(f"describe {relation}").fetchall()]
    except duckdb.CatalogException:
        return []


def _days(memory: duckdb.DuckDBPyConnection, relation: str, day: str) -> set[date]:
    found = memory.execute(f"select distinct {sql_text.name(day)} from {relation}")  # noqa: S608
    return {row[0] for row in found.fetchall()}


def _by_month(days: Iterable[date]) -> Spans:
    months: defaultdict[str, list[date]] = defaultdict(list)
    for day in sorted(days):
        months[f"{day:%Y-%m}"].append(day)
    return months
