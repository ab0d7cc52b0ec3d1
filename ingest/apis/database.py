"""A product database, where nothing else tells what users do: counts of state transitions by day.

One configured query over SQLite or PostgreSQL, for a window of days. What it gives is added up by
day, flow or event and dimensions before anything is written: no row of the product, no time of day
and no id reaches the inbox. Transitions arrive late, so the newest `lag_days` days are not asked for,
and every document says so.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec

from ingest.apis import Access, Api, ApiError, Landed, Window, Windows, account_of
from ingest.apis.database_query import PARAMETERS, Question, answered, parameters_of
from ingest.apis.day_files import DayFiles
from ingest.files.stamps import parse_stamp
from ingest.privacy import excerpt
from ingest.usage.event_dimensions import DIMENSIONS

_KEPT = ("flow", "event", "actor", *DIMENSIONS)
_COLUMNS = ("day", "at", "count", *_KEPT)
_MOST_COUNTS = 200_000
"""Different counts of a window; more of them are a dimension that holds ids."""
_MOST = 10**15
_LONGEST = 1000


class _Account(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`[[fetch.database]]`: a database, and what is asked of it."""

    name: str
    url_env: str
    query: Annotated[str, msgspec.Meta(min_length=1)]
    """One SELECT of `day` or `at`, `flow` or `event`, and maybe `count` and dimensions."""
    zone: str = "UTC"
    """Zone of the database's stamps without one, and of its session."""
    lag_days: Annotated[int, msgspec.Meta(ge=1, le=90)] = 1
    timeout_seconds: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 60
    """Longest statement."""

    def __post_init__(self) -> None:
        """ValueError for a query that does not keep to a window, or a zone there is none of."""
        try:
            ZoneInfo(self.zone)
        except (ValueError, OSError, KeyError):
            raise ValueError(f"there is no time zone '{self.zone}'") from None
        used = parameters_of(self.query)
        for some, others in (PARAMETERS[::2], PARAMETERS[1::2]):
            if some not in used and others not in used:
                raise ValueError(f"the query names neither :{some} nor :{others}")


def _fetch(entry: Mapping[str, Any], window: Window, _access: Access) -> Iterator[Landed]:
    """Yield a document of daily counts for each day of the window."""
    account = account_of(entry, _Account)
    asker = f"[[fetch.database]] '{account.name}'"
    zone = ZoneInfo(window.reporting_zone)
    after = window.last_day + timedelta(days=1)
    values = {
        "first_day": window.first_day,
        "after_last_day": after,
        "start": datetime.combine(window.first_day, time(), zone),
        "end": datetime.combine(after, time(), zone),
    }
    question = Question(
        account.query, values, account.zone, account.timeout_seconds, asker, account.url_env
    )
    counts = _Counts(account, window, asker)
    with answered(entry["url"], question) as answer:
        counts.name(answer.columns)
        for row in answer.rows:
            counts.add(row)
    with DayFiles(window) as days:
        counts.write(days)
        yield from days.landed(f"{quote(account.name, safe='')}.csv.gz", empty=counts.header)


class _Counts:
    """Rows of the answer, added up."""

    def __init__(self, account: _Account, window: Window, asker: str) -> None:
        self._account, self._window, self._asker = account, window, asker
        self._zone, self._own = ZoneInfo(window.reporting_zone), ZoneInfo(account.zone)
        self._columns: tuple[str, ...] = ()
        self._kept: tuple[str, ...] = ()
        self._counts: dict[tuple[date, str, str, tuple[str, ...]], int] = {}

    @property
    def header(self) -> bytes:
        """First line of every document."""
        return _line(["day", "count", "service", "lag_days", *self._kept])

    def name(self, columns: Sequence[str]) -> None:
        """Take the names of the columns; ApiError for any that is not kept, and for one that lacks."""
        names = tuple(name.lower() for name in columns)
        if not names:
            raise ApiError(f"{self._asker}: the query gives no rows: it must be one SELECT")
        if strange := [name for name in names if name not in _COLUMNS]:
            raise ApiError(
                f"{self._asker}: the query gives '{excerpt(strange[0])}', which is not kept; leave it"
                f" out, or call it one of {', '.join(_COLUMNS)}"
            )
        if doubled := [name for name in names if names.count(name) > 1]:
            raise ApiError(f"{self._asker}: the query gives '{doubled[0]}' twice")
        if ("day" in names) is ("at" in names):
            raise ApiError(f"{self._asker}: the query must give either 'day' or 'at'")
        if not {"flow", "event"} & set(names):
            raise ApiError(f"{self._asker}: the query gives neither 'flow' nor 'event'")
        self._columns = names
        self._kept = tuple(name for name in _KEPT if name in names)

    def add(self, values: Sequence[object]) -> None:
        """Count one row; one that cannot be counted is kept for the parser to reject."""
        row = dict(zip(self._columns, values, strict=True))
        found = self._at(row["at"]) if "at" in row else self._day(row["day"])
        when = row["at"] if "at" in row else row["day"]
        if found and not self._window.first_day <= found <= self._window.last_day:
            raise ApiError(
                f"{self._asker}: the query gives {found}, which lies outside {self._window.first_day}"
                f" to {self._window.last_day}; keep to :start and :end, and to days of"
                f" {self._window.reporting_zone}"
            )
        count = _whole(row["count"]) if "count" in row else 1
        key = (
            found or self._window.last_day,
            found.isoformat() if found else _text(when),
            "" if count is not None else _text(row["count"]) or "none",
            tuple(_text(row[name]) for name in self._kept),
        )
        self._counts[key] = self._counts.get(key, 0) + (count or 0)
        if len(self._counts) > _MOST_COUNTS:
            raise ApiError(
                f"{self._asker}: more than {_MOST_COUNTS:,} different counts in {self._window.first_day}"
                f" to {self._window.last_day}; does a column hold ids?"
            )

    def write(self, days: DayFiles) -> None:
        """Write every document, its lines sorted: a database gives rows in any order."""
        lag, service = str(self._account.lag_days), self._account.name
        begun: set[date] = set()
        for (day, text, strange, values), count in sorted(self._counts.items()):
            if day not in begun:
                begun.add(day)
                days.add(day, self.header)
            days.add(day, _line([text, strange or str(count), service, lag, *values]))

    def _at(self, value: object) -> date | None:
        """The reporting day of a stamp; None if it is none."""
        if not isinstance(value, datetime):
            value = None if isinstance(value, date) else parse_stamp(_text(value))
        if value is None:
            return None
        aware = value if value.tzinfo else value.replace(tzinfo=self._own)
        try:
            return aware.astimezone(self._zone).date()
        except OverflowError:
            return None

    def _day(self, value: object) -> date | None:
        """A day as the database wrote it: also date_trunc's midnight, on the database's clock."""
        if isinstance(value, datetime):
            if value.time() != time():
                raise ApiError(f"{self._asker}: 'day' holds a time of day; call it 'at'")
            return value.date()
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(_text(value))
        except ValueError:
            return None


def _line(values: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue().encode("utf-8", "replace")


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return " ".join(str(value)[:_LONGEST].split())


def _whole(value: object) -> int | None:
    """A count as databases give it; what is none is left to the parser to reject."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = Decimal(value)
    if not number.is_finite() or not 0 <= number <= _MOST:
        return None
    return int(number) if number == int(number) else None


API = Api(
    "database",
    "database",
    "fetch.database",
    # A day is asked for when it has been over for lag_days, and once more a day later.
    Windows(days_again=1, days_per_call=7, fresh_hours=20, lag_days=1),
    _fetch,
    options=_Account,
)
