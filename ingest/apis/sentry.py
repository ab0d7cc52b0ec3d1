"""Sentry: the issues that had events on a day, each with its series of that day's hours.

`GET /api/0/organizations/{organization}/issues/` with `start`, `end` and `groupStatsPeriod=auto`, a
day per call: of a day Sentry gives hours, whose events add up to the true count of a reporting day.
The list of a project (`/projects/{organization}/{project}/issues/`) knows days of UTC of the last two
weeks only. Pages by the cursor of the Link header. The hour in which the next day begins stands in
the series as well; that day's own document knows more of it, and the larger count is taken.
Source: docs.sentry.io/api and Sentry's source (group_stream.py), as of 2026.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from ingest.apis import Access, Api, ApiError, Landed, Question, Window, Windows, account_of
from ingest.apis.answers import decoded, line
from ingest.apis.day_files import DayFiles
from ingest.http import Http

_PAGE = 100
_NOTHING = b"[]\n"
_LINK = re.compile(r"<[^>]*>((?:\s*;\s*\w+=\"[^\"]*\")*)")


class _Account(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`[[fetch.sentry]]`: an organization, and which of its issues."""

    name: str
    organization: str
    token_env: str
    """A token that may read events: scope `event:read`."""
    projects: tuple[str, ...] = ()
    """Slugs, or numbers where an older Sentry is self-hosted; none: all that the token may read."""
    query: str = "issue.category:error"
    """Sentry's search; of all issues, whatever their status, unless it says otherwise."""
    base_url: str = "https://sentry.io"


class _Issue(msgspec.Struct):
    id: str


def _fetch(entry: Mapping[str, Any], window: Window, access: Access) -> Iterator[Landed]:
    """Yield a document of JSON lines, one issue each, for each day of the window."""
    account = account_of(entry, _Account)
    access_by = _probe(entry)
    http = Http(account.base_url, access, headers=access_by.headers, advice=access_by.advice)
    with DayFiles(window) as days:
        for number in range((window.last_day - window.first_day).days + 1):
            day = window.first_day + timedelta(days=number)
            own = Window(day, day, window.reporting_zone)
            span = {"start": _text(own.begin), "end": _text(own.end)}
            for raw in _issues(http, account, span):
                days.add(day, line(raw))
        yield from days.landed(f"{quote(account.name, safe='')}.jsonl.gz", empty=_NOTHING)


def _probe(entry: Mapping[str, Any]) -> Question:
    """One issue of the last hour: the organization itself is shown to the scope org:read only."""
    account = account_of(entry, _Account)
    return Question(
        f"{account.base_url.rstrip('/')}/{_path(account)}",
        headers={"Authorization": f"Bearer {entry['token']}"},
        params={
            "project": account.projects[0] if account.projects else "-1",
            "statsPeriod": "1h",
            "groupStatsPeriod": "",
            "limit": "1",
        },
        advice=f"check the token in {account.token_env}: it needs the scope event:read",
    )


def _path(account: _Account) -> str:
    return f"api/0/organizations/{quote(account.organization, safe='')}/issues/"


def _issues(http: Http, account: _Account, span: Mapping[str, str]) -> Iterator[msgspec.Raw]:
    """Each issue with events in the span, once."""
    asked: dict[str, Any] = {
        **span,
        "query": account.query,
        "project": list(account.projects) or "-1",
        "groupStatsPeriod": "auto",
        "sort": "new",  # by the first event: the order does not change while pages are read
        "limit": _PAGE,
    }
    seen: set[str] = set()
    cursors: set[str] = set()
    while True:
        with http.get(_path(account), params=asked) as answer:
            found = decoded(answer.read(), list[msgspec.Raw], vendor="Sentry")
            cursor = _next(answer.headers.get("Link"), is_full=len(found) >= _PAGE)
        for raw in found:
            issue = decoded(raw, _Issue, vendor="Sentry").id
            if issue not in seen:
                seen.add(issue)
                yield raw
        if cursor is None:
            return
        if cursor in cursors:
            raise ApiError("Sentry gives the same page again and again; nothing was kept")
        cursors.add(cursor)
        asked["cursor"] = cursor


def _next(link: str | None, *, is_full: bool) -> str | None:
    """The cursor of the next page; None after the last one."""
    for found in _LINK.finditer(link or ""):
        said = dict(re.findall(r"(\w+)=\"([^\"]*)\"", found[1]))
        if said.get("rel") == "next":
            return said.get("cursor") if said.get("results") == "true" else None
    if is_full:
        raise ApiError("Sentry's answer has no Link header to the next page: a proxy took it off?")
    return None


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


API = Api(
    "sentry",
    "sentry",
    "fetch.sentry",
    # Events come late: from telephones, and from queues that were full.
    Windows(days_again=2, days_per_call=1),
    _fetch,
    options=_Account,
    probe=_probe,
)
