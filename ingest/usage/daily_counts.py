"""Rows of a table that say how often something was done on a day, as counts of flows or events."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from ingest.files.stamps import ZONE_ASSUMED, parse_stamp
from ingest.privacy import excerpt
from ingest.records import UsageCount
from ingest.source import Batch, Context, Item, Reject, Tally, Warn
from ingest.usage.event_counts import Names
from ingest.usage.event_dimensions import DIMENSIONS

_ROWS = 50_000
_MOST = 10**15
_ACTORS = ("user", "synthetic", "bot")
_NAMES = 255
_LIMIT = 5000
COLUMNS: Mapping[str, tuple[str, ...]] = {
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


def missing(columns: Container[str]) -> list[str]:
    """Which of a day, a flow or event, and a count there is none of."""
    found = [what for what in ("day", "count") if what not in columns]
    return found if "flow" in columns or "event" in columns else [*found, "flow or event"]


_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")


class _BadRowError(ValueError):
    """Why a row cannot be counted."""


class DailyCounts:
    """Rows of one file, as counts of one kind."""

    def __init__(self, context: Context, places: Mapping[str, str], *, kind: str) -> None:
        """`places` says in which column of the file each of COLUMNS stands."""
        self._context, self._places, self._kind = context, places, kind
        self._assumed = 0
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
        if self._assumed:
            yield Warn(reason=f"{self._assumed} {ZONE_ASSUMED}", assumed_zones=self._assumed)

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
            kind=self._kind,
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
            return self._of(value)
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
        return self._of(stamp)

    def _of(self, stamp: datetime) -> date:
        self._assumed += stamp.tzinfo is None and self._context.source_zone is None
        return self._context.day_of(stamp)


def _text(value: object) -> str | None:
    return None if value is None else " ".join(str(value).split()) or None


def _whole(value: object) -> int | None:
    """A count as warehouses write it: 12, "12", 12.0; None if it is none, or could be two: `2.000`."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str) and _THOUSANDS.fullmatch(value.strip()):
        return None
    try:
        number = float(str(value))
    except ValueError:
        return None
    return int(number) if number.is_integer() and 0 <= number <= _MOST else None
