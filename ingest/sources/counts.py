"""Daily counts from anywhere: CSV or Parquet with a day, a flow or event, a count and dimensions.

The way in from warehouses and tools that have no source of their own (BigQuery, Snowflake, Redshift,
Heap): one row per day, flow or event and what else is known of it. A `flow` names a flow of the
catalogue; an `event` is mapped by the seeds as every event is.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from ingest.files.delimited import spelled
from ingest.files.stamps import parse_stamp
from ingest.files.tables import Table, read_table
from ingest.privacy import excerpt
from ingest.records import UsageCount
from ingest.source import Batch, Context, FormatError, Item, Reject, Source, Tally, Warn
from ingest.usage.event_counts import Names
from ingest.usage.event_dimensions import DIMENSIONS

_ROWS = 50_000
_MOST = 10**15
_ACTORS = ("user", "synthetic", "bot")
_NAMES = 255
_LIMIT = 5000
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "day": ("day", "date", "event_date", "dt"),
    "flow": ("flow",),
    "event": ("event", "event_name", "name"),
    "count": ("count", "events", "event_count", "cnt", "n"),
    "users": ("users", "unique_users", "user_count"),
    "service": ("service",),
    "actor": ("actor",),
    **{name: (name,) for name in DIMENSIONS},
}
"""What is read, and the column names by which it is looked for."""


class _Options(msgspec.Struct, forbid_unknown_fields=True):
    """The `[sources.counts]` table."""

    columns: dict[str, str] = {}
    """What is read -> the file's own name of the column, where it is none of the usual."""


class _BadRowError(ValueError):
    """Why a row cannot be counted."""


def parse(path: Path, context: Context) -> Iterator[Item]:
    """A UsageCount per row; FormatError for a file without a day, a flow or event, and a count."""
    with read_table(path) as table:
        places = _places(table, context)
        if unread := [name for name in table.columns if name not in places.values()]:
            yield Warn(reason=f"columns that are not read: {excerpt(', '.join(unread))}")
        yield from _Counts(context, places).items(table.rows)


def _places(table: Table, context: Context) -> dict[str, str]:
    """What is read -> the column it stands in."""
    try:
        given = msgspec.convert(dict(context.options), _Options).columns
    except msgspec.ValidationError as error:
        raise FormatError(f"[sources.counts] of gapsight.toml: {error}") from None
    if unknown := given.keys() - _COLUMNS.keys():
        raise FormatError(
            f"[sources.counts.columns] of gapsight.toml: no '{min(unknown)}' is read;"
            f" there are {', '.join(_COLUMNS)}"
        )
    found = {}
    for what, usual in _COLUMNS.items():
        wanted = (spelled(given[what]),) if what in given else usual
        if place := next((name for name in wanted if name in table.columns), None):
            found[what] = place
        elif what in given:
            raise FormatError(f"no column '{given[what]}'; there are {_listed(table)}")
    missing = [what for what in ("day", "count") if what not in found]
    if not {"flow", "event"} & found.keys():
        missing.append("flow or event")
    if missing:
        raise FormatError(
            f"a table with the columns {_listed(table)}, expected daily counts:"
            f" no {', no '.join(missing)} (name them in [sources.counts.columns])"
        )
    return found


def _listed(table: Table) -> str:
    return excerpt(", ".join(table.columns[:20])) or "none"


class _Counts:
    """Rows of one file."""

    def __init__(self, context: Context, places: Mapping[str, str]) -> None:
        self._context, self._places = context, places
        self._names = {name: Names(_LIMIT, _NAMES) for name in ("event", "service", *DIMENSIONS)}

    def items(self, rows: Iterable[tuple[int, Mapping[str, object]] | Reject]) -> Iterator[Item]:
        """Batches and rejects as the rows come, the tally last."""
        columns: dict[str, list[Any]] = {name: [] for name in UsageCount.__struct_fields__}
        read = 0
        tally = dict.fromkeys(_ACTORS, 0)
        for row in rows:
            read += 1
            found = row if isinstance(row, Reject) else self._read(*row)
            if isinstance(found, Reject):
                yield found
                continue
            tally[found.actor] += 1
            for name, values in columns.items():
                values.append(getattr(found, name))
            if len(columns["day"]) >= _ROWS:
                yield Batch(table=UsageCount, columns=columns)
                columns = {name: [] for name in columns}
        if columns["day"]:
            yield Batch(table=UsageCount, columns=columns)
        yield Tally(read=read, **tally)

    def _read(self, number: int, row: Mapping[str, object]) -> UsageCount | Reject:
        try:
            return self._row(row)
        except _BadRowError as error:
            return Reject(position=number, reason=str(error))

    def _row(self, row: Mapping[str, object]) -> UsageCount:
        def value(what: str) -> object:
            return row.get(self._places[what]) if what in self._places else None

        event = _text(value("flow")) or _text(value("event"))
        if event is None:
            raise _BadRowError("neither flow nor event")
        count = _whole(value("count"))
        if count is None:
            raise _BadRowError(f"the count is no whole number: '{excerpt(str(value('count')))}'")
        actor = (_text(value("actor")) or "user").lower()
        if actor not in _ACTORS:
            raise _BadRowError(f"the actor '{excerpt(actor)}' is none of {', '.join(_ACTORS)}")
        return UsageCount(
            day=self._day(value("day")),
            kind="count",
            event=self._names["event"].of(event),
            service=self._named("service", value("service")),
            actor=actor,
            count=count,
            users=_whole(value("users")),
            **{name: self._named(name, value(name)) for name in DIMENSIONS},
        )

    def _named(self, name: str, value: object) -> str | None:
        text = _text(value)
        return None if text is None else self._names[name].of(text)

    def _day(self, value: object) -> date:
        if isinstance(value, datetime):
            return self._context.day_of(value)
        if isinstance(value, date):
            return value
        text = _text(value)
        if text and len(text) == 8 and text.isdigit():  # BigQuery's 20260630
            text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
        try:
            return date.fromisoformat(text or "")
        except ValueError:
            stamp = parse_stamp(text) if text else None
        if stamp is None:
            raise _BadRowError(f"no day: '{excerpt(str(value))}'; write 2026-06-30")
        return self._context.day_of(stamp)


def _text(value: object) -> str | None:
    return None if value is None else " ".join(str(value).split()) or None


def _whole(value: object) -> int | None:
    """A count as warehouses write it: 12, "12", 12.0; None if it is none."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(str(value))
    except ValueError:
        return None
    return int(number) if number.is_integer() and 0 <= number <= _MOST else None


SOURCE = Source(
    name="counts",
    family="usage",
    tables=(UsageCount,),
    glob=("*.csv", "*.tsv", "*.parquet"),
    parse=parse,
    form="tables",
    options=_Options,
)
