"""Jira: issues by the day of their last update, with their whole changelog.

Cloud: `POST /rest/api/3/search/jql`, pages by token; it gives ids alone unless fields are asked for,
and of the changelog only the newest entries, so that a cut one is fetched by itself. Server and Data
Center: `POST /rest/api/2/search`, pages by position. A day's document holds the issues whose last
update fell on it; an issue that is updated again stands in a later day's as well. Those that were open
already when the workspace's first day began stand in that day's.
Source: developer.atlassian.com, REST API v3 and v2, as documented in November 2026.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec

from ingest.apis import Access, Api, ApiError, Landed, Question, Window, Windows, account_of
from ingest.apis.answers import asked, line
from ingest.apis.day_files import DayFiles
from ingest.http import Http
from ingest.privacy import excerpt

_FIELDS = (
    "summary", "issuetype", "status", "priority", "labels", "components", "project", "created",
    "updated", "resolutiondate", "resolution", "fixVersions", "versions", "parent",
)  # fmt: skip
_PAGE = 100
_MOST_EMPTY = 20
_NOTHING = b'{"issues":[]}\n'


class _Account(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`[[fetch.jira]]`: a site, and which of its issues."""

    name: str
    base_url: str
    jql: Annotated[str, msgspec.Meta(min_length=1)]
    """What is wanted, such as `project = SHOP`; Jira refuses a search without bounds."""
    token_env: str
    email_env: str | None = None
    """With it the token is an API token of that account; without, a personal access token."""
    flavour: Literal["cloud", "server"] = "cloud"
    fields: tuple[str, ...] = ()
    """Further fields, such as that of a severity: those that `[sources.jira]` names."""


class _Changelog(msgspec.Struct):
    histories: list[msgspec.Raw] = []
    total: int | None = None


class _Issue(msgspec.Struct):
    key: str = ""
    fields: dict[str, msgspec.Raw] = {}
    changelog: _Changelog | None = None


class _Page(msgspec.Struct, rename="camel"):
    issues: list[msgspec.Raw] | None = None
    next_page_token: str | None = None
    is_last: bool | None = None
    total: int | None = None
    error_messages: list[str] = []


class _Histories(msgspec.Struct):
    values: list[msgspec.Raw] | None = None
    total: int | None = None


def _fetch(entry: Mapping[str, Any], window: Window, access: Access) -> Iterator[Landed]:
    """Yield a document of JSON lines for each day of the window."""
    account = account_of(entry, _Account)
    access_by = _probe(entry)
    http = Http(
        account.base_url,
        access,
        auth=access_by.auth,
        headers=access_by.headers,
        advice=access_by.advice,
    )
    site = _Site(http, account)
    with DayFiles(window) as days:
        for issue, updated in site.issues(window):
            days.add(days.day_of(updated), issue)
        yield from days.landed(f"{quote(account.name, safe='')}.jsonl.gz", empty=_NOTHING)


def _probe(entry: Mapping[str, Any]) -> Question:
    """Who the account is: it costs none of the searches."""
    account = account_of(entry, _Account)
    is_basic = account.email_env is not None
    version = 3 if account.flavour == "cloud" else 2
    return Question(
        f"{account.base_url.rstrip('/')}/rest/api/{version}/myself",
        auth=(entry["email"], entry["token"]) if is_basic else None,
        headers=None if is_basic else {"Authorization": f"Bearer {entry['token']}"},
        advice=f"check the token in {account.token_env}: those of Atlassian live a year at most",
    )


class _Site:
    """One Jira site."""

    def __init__(self, http: Http, account: _Account) -> None:
        self._http, self._account = http, account
        self._is_cloud = account.flavour == "cloud"

    def issues(self, window: Window) -> Iterator[tuple[bytes, str | None]]:
        """Each issue once, as one line of JSON, with the stamp of its last update."""
        seen: set[str] = set()
        for page in self._pages(self._query(window)):
            for raw in page:
                issue = msgspec.json.decode(raw, type=_Issue)
                if issue.key and issue.key in seen:  # it was updated while the pages were read
                    continue
                seen.add(issue.key)
                updated = issue.fields.get("updated")
                stamp = msgspec.json.decode(updated, type=str | None) if updated else None
                yield self._line(raw, issue), stamp

    def _query(self, window: Window) -> dict[str, Any]:
        # Numbers: a date in words would be read in the time zone of the account.
        first, after = (int(at.timestamp() * 1000) for at in (window.begin, window.end))
        since = f"updated >= {first}"
        if window.with_open:
            since = f"({since} OR statusCategory != Done)"
        jql = f"({self._account.jql}) AND {since} AND updated < {after}"
        return {
            "jql": f"{jql} ORDER BY updated ASC, key ASC",
            "fields": [*_FIELDS, *self._account.fields],
            "expand": "changelog" if self._is_cloud else ["changelog"],
            "maxResults": _PAGE,
        }

    def _pages(self, query: dict[str, Any]) -> Iterator[list[msgspec.Raw]]:
        path = "rest/api/3/search/jql" if self._is_cloud else "rest/api/2/search"
        seen: set[str] = set()
        read = empty = 0
        more: dict[str, Any] = {} if self._is_cloud else {"startAt": 0}
        while True:
            page = asked(self._http.post(path, json={**query, **more}), _Page, vendor="Jira")
            if page.issues is None:
                said = excerpt("; ".join(page.error_messages)) or "no issues member"
                raise ApiError(f"Jira answered without issues: {said}")
            yield page.issues
            read += len(page.issues)
            empty = 0 if page.issues else empty + 1
            if empty > _MOST_EMPTY:
                raise ApiError(f"Jira gives nothing but empty pages behind {read} issues")
            found = self._next(page, read) if self._is_cloud else _position(page, read)
            if found is None:
                return
            more = found
            if str(more) in seen:
                raise ApiError("Jira gives the same page again and again; nothing was kept")
            seen.add(str(more))

    @staticmethod
    def _next(page: _Page, read: int) -> dict[str, Any] | None:
        """The token of the page behind this one, which may be empty itself; None behind the last."""
        if page.next_page_token is not None and not page.is_last:
            return {"nextPageToken": page.next_page_token}
        if page.is_last is False:
            raise ApiError(f"Jira ended after {read} issues with a page that is not the last one")
        return None

    def _line(self, raw: msgspec.Raw, issue: _Issue) -> bytes:
        log = issue.changelog
        if log is None or log.total is None or log.total <= len(log.histories):
            return line(raw)
        histories = list(self._histories(issue.key))
        whole = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        encoded = msgspec.json.encode({"histories": histories, "total": len(histories)})
        return line(msgspec.json.encode({**whole, "changelog": msgspec.Raw(encoded)}))

    def _histories(self, key: str) -> Iterator[msgspec.Raw]:
        version = 3 if self._is_cloud else 2
        path = f"rest/api/{version}/issue/{quote(key, safe='')}/changelog"
        read = 0
        while True:
            part = {"startAt": read, "maxResults": _PAGE}
            found = asked(self._http.get(path, params=part), _Histories, vendor="Jira")
            if found.values is None or found.total is None:
                raise ApiError(f"Jira answered without the history of {excerpt(key)}")
            yield from found.values
            read += len(found.values)
            if read >= found.total:
                return
            if not found.values:
                raise ApiError(f"Jira gave {read} of {found.total} changes of {excerpt(key)}")


def _position(page: _Page, read: int) -> dict[str, Any] | None:
    """Where the next page of a server begins; None if all was read."""
    if page.total is None:
        raise ApiError('Jira answered without the total of issues: is it flavour = "server"?')
    if read >= page.total:
        return None
    if not page.issues:
        raise ApiError(f"Jira gave {read} of {page.total} issues and an empty page")
    return {"startAt": read}


API = Api(
    "jira",
    "jira",
    "fetch.jira",
    # The index lags behind the issues by some minutes: a day is settled when the next one has passed.
    Windows(days_again=1, days_per_call=31),
    _fetch,
    options=_Account,
    probe=_probe,
)
