"""Opsgenie: incidents by the day of their last update.

`GET /v1/incidents`, pages by offset. Its search knows when an incident was created, not when it was
changed: each call reads those created since 90 days before its first day, so that an end that comes
within 90 days is found, and keeps those that were updated on its days. What is open already when the
workspace's first day begins stands in that day's document.
Source: docs.opsgenie.com (incident API, pagination), "Search syntax for incidents", as of 2026.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from ingest.apis import Access, Api, ApiError, Landed, Question, Window, Windows, account_of
from ingest.apis.answers import asked, decoded, line
from ingest.apis.day_files import DayFiles
from ingest.http import Http

LOOKS_BACK_DAYS = 90
"""An incident that is resolved later than so many days after its creation stays open here."""
_PAGE = 100
_PATH = "v1/incidents"
_NOTHING = b'{"data":[]}\n'
_VENDOR = "Opsgenie"


class _Account(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`[[fetch.opsgenie]]`: an account."""

    name: str
    token_env: str
    """The key of an API integration with read access."""
    base_url: str = "https://api.opsgenie.com"
    """Of the EU instance https://api.eu.opsgenie.com."""


class _Paging(msgspec.Struct):
    next: str | None = None


class _Page(msgspec.Struct):
    data: list[msgspec.Raw]
    paging: _Paging = msgspec.field(default_factory=_Paging)


class _Incident(msgspec.Struct, rename="camel"):
    id: str
    created_at: str | None = None
    updated_at: str | None = None


def _fetch(entry: Mapping[str, Any], window: Window, access: Access) -> Iterator[Landed]:
    """Yield a document of JSON lines, one incident each, for each day of the window."""
    account = account_of(entry, _Account)
    access_by = _probe(entry)
    http = Http(account.base_url, access, headers=access_by.headers, advice=access_by.advice)
    since = _milliseconds(window, -LOOKS_BACK_DAYS)
    until = int(window.end.timestamp() * 1000)
    seen: set[str] = set()
    with DayFiles(window) as days:
        for raw in _listed(http, f"createdAt >= {since} AND createdAt < {until}"):
            incident = decoded(raw, _Incident, vendor=_VENDOR)
            day = days.day_inside(incident.updated_at or incident.created_at)
            if day and incident.id not in seen:
                seen.add(incident.id)
                days.add(day, line(raw))
        if window.with_open:
            for raw in _listed(http, f"status: open AND createdAt < {_milliseconds(window)}"):
                if (found := decoded(raw, _Incident, vendor=_VENDOR).id) not in seen:
                    seen.add(found)
                    days.add(window.first_day, line(raw))
        yield from days.landed(f"{quote(account.name, safe='')}.jsonl.gz", empty=_NOTHING)


def _probe(entry: Mapping[str, Any]) -> Question:
    """One incident: a team's key may read these, but nothing that belongs to the account."""
    account = account_of(entry, _Account)
    return Question(
        f"{account.base_url.rstrip('/')}/{_PATH}",
        headers={"Authorization": f"GenieKey {entry['token']}"},
        params={"limit": "1"},
        advice=f"check the key in {account.token_env}; base_url must be its instance's",
    )


def _milliseconds(window: Window, days: int = 0) -> int:
    return int((window.begin + timedelta(days=days)).timestamp() * 1000)


def _listed(http: Http, query: str) -> Iterator[msgspec.Raw]:
    offset, seen = 0, set[str]()
    while True:
        order = {"sort": "createdAt", "order": "asc", "limit": _PAGE, "offset": offset}
        page = asked(http.get(_PATH, params={"query": query, **order}), _Page, vendor=_VENDOR)
        yield from page.data
        if page.paging.next is None:
            return
        # The address of the next page leads to Opsgenie itself, also from behind a proxy.
        ids = {decoded(raw, _Incident, vendor=_VENDOR).id for raw in page.data}
        if ids <= seen:
            raise ApiError(f"{_VENDOR} gives the same page again and again; nothing was kept")
        seen |= ids
        offset += len(page.data)


API = Api(
    "opsgenie",
    "opsgenie",
    "fetch.opsgenie",
    # What was created in 90 days is read for each call, so that one call covers a quarter.
    Windows(days_again=1, days_per_call=92),
    _fetch,
    options=_Account,
    probe=_probe,
)
