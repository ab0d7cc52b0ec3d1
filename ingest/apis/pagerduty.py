"""PagerDuty: incidents by the day they were triggered, and by each day something happened to them.

REST v2, pages by offset. `GET /incidents` can be asked for the day of creation only, so that
`GET /log_entries` tells which older ones were acknowledged, resolved or opened again on a day; each
of those is read by itself. An incident that is resolved weeks later so stands in that day's document
too. What is open already when the workspace's first day begins stands in that day's.
No page reaches beyond the 10,000th record: a span that holds more is read in halves.
Source: developer.pagerduty.com, REST API v2, as of 2026.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from ingest.apis import (
    Access,
    Api,
    ApiError,
    Landed,
    NothingThereError,
    Question,
    Window,
    Windows,
    account_of,
)
from ingest.apis.answers import asked, decoded, line
from ingest.apis.day_files import DayFiles
from ingest.http import Http

_PAGE = 100
_REACH = 10_000
_SHORTEST = timedelta(seconds=1)
_NOTHING = b'{"incidents":[]}\n'
_VENDOR = "PagerDuty"


class _Account(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`[[fetch.pagerduty]]`: an account."""

    name: str
    token_env: str
    """A REST API key, read-only."""
    team_ids: tuple[str, ...] = ()
    """Teams whose incidents are wanted; none: all."""
    base_url: str = "https://api.pagerduty.com"
    """Of the EU service region https://api.eu.pagerduty.com."""


class _Page(msgspec.Struct):
    incidents: list[msgspec.Raw] | None = None
    log_entries: list[msgspec.Raw] | None = None
    more: bool | None = None


class _Incident(msgspec.Struct):
    id: str
    created_at: str | None = None


class _One(msgspec.Struct):
    incident: msgspec.Raw


class _Reference(msgspec.Struct):
    id: str = ""


class _Entry(msgspec.Struct):
    id: str
    created_at: str | None = None
    incident: _Reference | None = None


class _Span(NamedTuple):
    begin: datetime
    end: datetime

    @property
    def middle(self) -> datetime:
        return self.begin + (self.end - self.begin) / 2


def _fetch(entry: Mapping[str, Any], window: Window, access: Access) -> Iterator[Landed]:
    """Yield a document of JSON lines, one incident each, for each day of the window."""
    account = account_of(entry, _Account)
    access_by = _probe(entry)
    http = Http(account.base_url, access, headers=access_by.headers, advice=access_by.advice)
    pager, span = _Pager(http, account), _Span(window.begin, window.end)
    with DayFiles(window) as days:
        touched = pager.touched(span, days)
        for raw, incident in pager.triggered(span):
            on = {days.day_of(incident.created_at), *touched.pop(incident.id, ())}
            for day in sorted(on):
                days.add(day, line(raw))
        if window.with_open:
            for raw, incident in pager.open_before(span.begin):
                for day in sorted({window.first_day, *touched.pop(incident.id, ())}):
                    days.add(day, line(raw))
        for incident_id, on in sorted(touched.items()):
            if older := pager.incident(incident_id):
                for day in sorted(on):
                    days.add(day, older)
        yield from days.landed(f"{quote(account.name, safe='')}.jsonl.gz", empty=_NOTHING)


def _probe(entry: Mapping[str, Any]) -> Question:
    """What the account's plan is able to: every key may ask that."""
    account = account_of(entry, _Account)
    return Question(
        f"{account.base_url.rstrip('/')}/abilities",
        headers={
            "Authorization": f"Token token={entry['token']}",
            "Accept": "application/vnd.pagerduty+json;version=2",
        },
        advice=f"check the REST API key in {account.token_env}; base_url must be its service region's",
    )


class _Pager:
    """One account of PagerDuty."""

    def __init__(self, http: Http, account: _Account) -> None:
        self._http = http
        self._teams = {"team_ids[]": list(account.team_ids)} if account.team_ids else {}

    def touched(self, span: _Span, days: DayFiles) -> dict[str, set[date]]:
        """The days of the span on which something happened to an incident, by its id."""
        found: dict[str, set[date]] = {}
        for raw in self._listed("log_entries", span, {"is_overview": "true"}):
            entry = decoded(raw, _Entry, vendor=_VENDOR)
            if entry.incident and entry.incident.id:
                found.setdefault(entry.incident.id, set()).add(days.day_of(entry.created_at))
        return found

    def triggered(self, span: _Span) -> Iterator[tuple[msgspec.Raw, _Incident]]:
        """Each incident that was created within the span, in whatever state, once."""
        states = ["triggered", "acknowledged", "resolved"]
        yield from self._incidents(span, {"statuses[]": states})

    def open_before(self, begin: datetime) -> Iterator[tuple[msgspec.Raw, _Incident]]:
        """Each incident that was created before and is not resolved, once."""
        # Half a year is the longest span that may be asked for; without one all are.
        wanted = {"statuses[]": ["triggered", "acknowledged"], "date_range": "all"}
        for raw, incident in self._incidents(None, wanted):
            if _is_before(incident.created_at, begin):
                yield raw, incident

    def incident(self, incident_id: str) -> bytes | None:
        """One incident as a line; None if it cannot be seen, which is so with those of other teams."""
        try:
            call = self._http.get(f"incidents/{quote(incident_id, safe='')}")
            return line(asked(call, _One, vendor=_VENDOR).incident)
        except NothingThereError:
            return None

    def _incidents(
        self, span: _Span | None, wanted: dict[str, Any]
    ) -> Iterator[tuple[msgspec.Raw, _Incident]]:
        seen: set[str] = set()
        for raw in self._listed("incidents", span, {**wanted, "sort_by": "created_at:asc"}):
            incident = decoded(raw, _Incident, vendor=_VENDOR)
            if incident.id not in seen:
                seen.add(incident.id)
                yield raw, incident

    def _listed(
        self, what: str, span: _Span | None, wanted: dict[str, Any]
    ) -> Iterator[msgspec.Raw]:
        """The records of a list; some of them twice where it is so long that it is read in halves."""
        offset, seen = 0, set[str]()
        while offset + _PAGE <= _REACH:
            page = self._page(what, span, {**wanted, "limit": _PAGE, "offset": offset})
            found = getattr(page, what)
            if found is None:
                raise ApiError(f"{_VENDOR} answered without {what}")
            yield from found
            if not page.more:
                return
            ids = {decoded(raw, _Reference, vendor=_VENDOR).id for raw in found}
            if ids <= seen:
                raise ApiError(f"{_VENDOR} gives the same page again and again; nothing was kept")
            seen |= ids
            offset += _PAGE
        if span is None or span.end - span.begin <= _SHORTEST:
            many = f"more than {_REACH:,} {what}" + ("" if span else " are open")
            raise ApiError(f"{_VENDOR} has {many}, which it does not list; narrow it by team_ids")
        yield from self._listed(what, _Span(span.begin, span.middle), wanted)
        yield from self._listed(what, _Span(span.middle, span.end), wanted)

    def _page(self, what: str, span: _Span | None, wanted: dict[str, Any]) -> _Page:
        between = {"since": _text(span.begin), "until": _text(span.end)} if span else {}
        call = self._http.get(what, params={**wanted, **self._teams, **between})
        return asked(call, _Page, vendor=_VENDOR)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_before(stamp: str | None, begin: datetime) -> bool:
    """Whether it was then already; one that cannot be read is landed, for the parser to say so."""
    try:
        at = datetime.fromisoformat(stamp or "")
    except ValueError:
        return True
    return (at if at.tzinfo else at.replace(tzinfo=UTC)) < begin


API = Api(
    "pagerduty",
    "pagerduty",
    "fetch.pagerduty",
    # Whatever happens later stands in the log of its own day: no day needs to be asked for long.
    Windows(days_again=1, days_per_call=31),
    _fetch,
    options=_Account,
    probe=_probe,
)
