"""Statuspage: incidents by the day of their last update, from the manage API or from the public one.

`GET /v1/pages/{page_id}/incidents` with a key, in pages; no time can be asked for, so that the whole
list is read and an end that comes weeks later is found. `GET /api/v2/incidents.json` of a public page
needs no key and gives the newest 50 only: of days before those nothing is known, and nothing landed.
What is open already when the workspace's first day begins stands in that day's document.
Source: developer.statuspage.io (API v1), <page>/api/v2, as of 2026.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

import msgspec

from ingest.apis import Access, Api, ApiError, Landed, Question, Rate, Window, Windows, account_of
from ingest.apis.answers import asked, decoded, line
from ingest.apis.day_files import DayFiles
from ingest.http import Http

_PAGE = 100
_PUBLIC_MOST = 50
_MANAGED = "https://api.statuspage.io"
_NOTHING = b'{"incidents":[]}\n'
_VENDOR = "Statuspage"


class _Account(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`[[fetch.statuspage]]`: a page of your own with its key, or any public one."""

    name: str
    base_url: str = _MANAGED
    """Without a key: the address of the page itself, such as https://status.example.com."""
    page_id: str | None = None
    token_env: str | None = None

    def __post_init__(self) -> None:
        """Refuse half of a page with a key, and a public one without an address."""
        if (self.page_id is None) != (self.token_env is None):
            raise ValueError("page_id and token_env belong together")
        if self.token_env is None and self.base_url == _MANAGED:
            raise ValueError("without token_env, base_url is the address of the public page")


class _Incident(msgspec.Struct):
    id: str
    created_at: str | None = None
    updated_at: str | None = None
    resolved_at: str | None = None


class _Public(msgspec.Struct):
    incidents: list[msgspec.Raw]


def _fetch(entry: Mapping[str, Any], window: Window, access: Access) -> Iterator[Landed]:
    """Yield a document of JSON lines, one incident each, for each day of the window."""
    account = account_of(entry, _Account)
    access_by = _probe(entry)
    http = Http(account.base_url, access, headers=access_by.headers, advice=access_by.advice)
    known_from: date | None = None
    with DayFiles(window) as days:
        count = 0
        for raw in _managed(http, account) if account.token_env else _public(http):
            incident = decoded(raw, _Incident, vendor=_VENDOR)
            count += 1
            created = days.day_of(incident.created_at)
            known_from = min(known_from or created, created)
            day = days.day_inside(incident.updated_at or incident.created_at)
            if day is None and window.with_open and incident.resolved_at is None:
                day = window.first_day
            if day:
                days.add(day, line(raw))
        if account.token_env or count < _PUBLIC_MOST:
            known_from = None
        for landed in days.landed(f"{quote(account.name, safe='')}.jsonl.gz", empty=_NOTHING):
            if known_from is None or landed.day >= known_from:
                yield landed


def _probe(entry: Mapping[str, Any]) -> Question:
    """The page alone, without incidents; a public one is only knocked at."""
    account = account_of(entry, _Account)
    base = account.base_url.rstrip("/")
    if account.token_env is None:
        advice = "the page is not public: set page_id and token_env"
        return Question(f"{base}/api/v2/status.json", advice=advice)
    return Question(
        f"{base}/{_page_path(account)}",
        headers={"Authorization": f"OAuth {entry['token']}"},
        advice=f"check the key in {account.token_env} and page_id",
    )


def _page_path(account: _Account) -> str:
    return f"v1/pages/{quote(account.page_id or '', safe='')}"


def _managed(http: Http, account: _Account) -> Iterator[msgspec.Raw]:
    """Each incident of the page once."""
    path = f"{_page_path(account)}/incidents"
    seen: set[str] = set()
    number = 1
    while True:
        call = http.get(path, params={"limit": _PAGE, "page": number})
        found = asked(call, list[msgspec.Raw], vendor=_VENDOR)
        if not found:
            return
        new = [raw for raw in found if decoded(raw, _Incident, vendor=_VENDOR).id not in seen]
        if not new:
            raise ApiError(f"{_VENDOR} gives the same page again and again; nothing was kept")
        seen.update(decoded(raw, _Incident, vendor=_VENDOR).id for raw in new)
        yield from new
        number += 1


def _public(http: Http) -> Iterator[msgspec.Raw]:
    yield from asked(http.get("api/v2/incidents.json"), _Public, vendor=_VENDOR).incidents


API = Api(
    "statuspage",
    "statuspage",
    "fetch.statuspage",
    # The list is read whole for each call, so that one call covers a quarter.
    Windows(days_again=1, days_per_call=92),
    _fetch,
    options=_Account,
    probe=_probe,
    rate=Rate(requests=60, seconds=60),
)
