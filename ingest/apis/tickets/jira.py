"""Makes a ticket in Jira, once.

First the project is looked at: an account that may not see it would find no ticket there, and make
one at each call. Then Jira itself is searched for the ticket's label. Cloud: `POST
/rest/api/3/search/jql` and `/rest/api/3/issue`, its text as an Atlassian document; Server and Data
Center: `POST /rest/api/2/search` and `/rest/api/2/issue`, plain text. The search of Cloud lags behind
by seconds, so a call ends when it finds what it made.
Source: developer.atlassian.com, REST API v3 and v2, as documented in November 2026.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import msgspec

from ingest.apis import Access, ApiError, NothingThereError, account_of
from ingest.apis.answers import asked, decoded
from ingest.apis.tickets import Outcome, Request, Ticket
from ingest.http_send import RefusedError, Sender, UnsureError
from ingest.privacy import excerpt

_TITLE_LIMIT = _LABEL_LIMIT = 255
_PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds between searches: what was just made is found some seconds later."""
_PAGE, _MOST_EMPTY = 50, 20
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_MARK = re.compile(r"[\w.-]+", re.ASCII)
_GATEWAY = "api.atlassian.com"


class _Account(msgspec.Struct, kw_only=True):
    """Whose tickets are made, and where."""

    base_url: str
    project: str
    issue_type: str
    token_env: str
    email_env: str | None = None
    flavour: Literal["cloud", "server"] = "cloud"


class _Category(msgspec.Struct):
    key: str | None = None


class _Status(msgspec.Struct, rename="camel"):
    status_category: _Category | None = None


class _Fields(msgspec.Struct):
    status: _Status | None = None


class _Issue(msgspec.Struct):
    key: str
    fields: _Fields = msgspec.field(default_factory=_Fields)

    @property
    def is_done(self) -> bool:
        status = self.fields.status
        category = status.status_category if status else None
        return category is not None and category.key == "done"


class _Page(msgspec.Struct, rename="camel"):
    issues: list[_Issue] | None = None
    next_page_token: str | None = None
    is_last: bool | None = None


class _Errors(msgspec.Struct, rename="camel"):
    error_messages: list[str] = []
    errors: dict[str, str] = {}


def read_at(base_url: str, key: str = "") -> str | None:
    """Where people read an issue; None where the address is that of the gateway for tokens."""
    if urlsplit(base_url).hostname == _GATEWAY:
        return None
    return f"{base_url.rstrip('/')}/browse/{quote(key, safe='')}"


def request(entry: Mapping[str, Any], ticket: Ticket) -> Request:
    """What would be sent; nobody is asked, and no credential is needed."""
    account = account_of(entry, _Account)
    return Request(
        f"{account.base_url.rstrip('/')}/{_path(account, 'issue')}", _content(account, ticket)
    )


def create(entry: Mapping[str, Any], ticket: Ticket, access: Access) -> Outcome:
    """Make the ticket unless Jira has it.

    UnsureError if that is not known even after another search; ApiError if nothing was made.
    """
    return _Project(entry, access).create(ticket)


class _Project:
    """One project of one Jira site."""

    def __init__(self, entry: Mapping[str, Any], access: Access) -> None:
        self._account = account_of(entry, _Account)
        self._sleep = access.sleep
        is_basic = self._account.email_env is not None
        self._sender = Sender(
            self._account.base_url,
            access,
            auth=(entry["email"], entry["token"]) if is_basic else None,
            headers=None if is_basic else {"Authorization": f"Bearer {entry['token']}"},
            advice=(
                f"check the token in {self._account.token_env}: it lives a year at most, and its"
                f" account needs the right to create issues in {self._account.project}"
            ),
        )

    def create(self, ticket: Ticket) -> Outcome:
        self._look_at_project()
        if there := self._find(ticket):
            return self._outcome(there)
        try:
            sent = self._sender.send(_path(self._account, "issue"), _content(self._account, ticket))
            key = _key(sent)
        except RefusedError as refused:
            raise ApiError(self._refusal(refused)) from None
        except NothingThereError as error:
            raise ApiError(f"{error}; {self._check()}") from None
        except UnsureError as lost:
            return self._look_again(ticket, lost)
        note = (
            ""
            if self._is_found(ticket)
            else ("Jira's search does not show it yet: wait a minute before you ask for it again")
        )
        return Outcome(key, read_at(self._account.base_url, key), "created", note)

    def _look_at_project(self) -> None:
        path = _path(self._account, f"project/{quote(self._account.project, safe='')}")
        try:
            asked(self._sender.get(path), dict[str, msgspec.Raw], vendor="Jira")
        except NothingThereError as error:
            raise ApiError(f"{error}; {self._check()}") from None

    def _check(self) -> str:
        flavour = "server" if self._account.flavour == "cloud" else "cloud"
        return (
            f"check project ('{self._account.project}') and base_url of [tickets], whether its account may"
            f' see the project, and whether flavour should be "{flavour}"'
        )

    def _find(self, ticket: Ticket) -> _Issue | None:
        """The issue that carries one of the marks: an open one first, then the newest."""
        if not ticket.marks or not all(map(_MARK.fullmatch, ticket.marks)):
            raise ApiError("the ticket has no label that could be searched for; nothing was made")
        marks = ", ".join(f'"{mark}"' for mark in ticket.marks)
        query: dict[str, Any] = {
            "jql": f"labels in ({marks}) ORDER BY created DESC",
            "fields": ["status"],
            "maxResults": _PAGE,
        }
        path = _path(self._account, "search/jql" if self._is_cloud else "search")
        for _ in range(_MOST_EMPTY):
            page = asked(self._sender.post(path, json=query), _Page, vendor="Jira")
            if page.issues is None:
                raise ApiError("Jira answered a search without issues; nothing was made")
            if page.issues:
                return min(page.issues, key=lambda issue: issue.is_done)
            if not self._is_cloud or page.is_last or page.next_page_token is None:
                return None
            query["nextPageToken"] = page.next_page_token
        raise ApiError("Jira's search gives nothing but empty pages; nothing was made")

    @property
    def _is_cloud(self) -> bool:
        return self._account.flavour == "cloud"

    def _outcome(self, issue: _Issue) -> Outcome:
        state: Literal["already_there", "already_closed"] = (
            "already_closed" if issue.is_done else "already_there"
        )
        return Outcome(issue.key, read_at(self._account.base_url, issue.key), state)

    def _look_again(self, ticket: Ticket, lost: UnsureError) -> Outcome:
        """The ticket whose answer was lost, if it was made all the same; it is never sent again."""
        for pause in _PAUSES:
            self._sleep(pause)
            try:
                there = self._find(ticket)
            except ApiError as error:
                raise UnsureError(f"{lost}; then the search failed: {error}; {_WHAT_NOW}") from None
            if there is not None:
                return self._outcome(there)._replace(
                    state="created", note=f"its answer was lost ({lost})"
                )
        raise UnsureError(f"{lost}; {_WHAT_NOW}")

    def _is_found(self, ticket: Ticket) -> bool:
        """Whether the search shows it by now: until then another call would make another one."""
        try:
            for pause in (0.0, *_PAUSES):
                self._sleep(pause)
                if self._find(ticket):
                    return True
        except ApiError:  # it is made: that alone counts
            pass
        return False

    def _refusal(self, refused: RefusedError) -> str:
        """What Jira says of each field."""
        try:
            said = decoded(refused.body, _Errors, vendor="Jira")
        except ApiError:
            words = refused.body.decode("utf-8", "replace")
        else:
            fields = [f"{name}: {what}" for name, what in said.errors.items()]
            words = "; ".join([*said.error_messages, *fields])
        words = self._sender.without_secrets(excerpt(words))
        return (
            f"Jira refused the ticket: {words or refused}; check project and issue_type of [tickets], and"
            " that creating such an issue demands no further field"
        )


_WHAT_NOW = (
    "whether the ticket was made is not known, and Jira's search shows none: ask again in a minute,"
    " it is searched for first"
)


def _path(account: _Account, what: str) -> str:
    return f"rest/api/{3 if account.flavour == 'cloud' else 2}/{what}"


def _content(account: _Account, ticket: Ticket) -> dict[str, object]:
    lines = [line for line in ticket.body.splitlines() if line.strip()]
    is_cloud = account.flavour == "cloud"
    return {
        "fields": {
            "project": {"key": account.project},
            "issuetype": {"name": account.issue_type},
            # Jira refuses line ends in a title, and blanks in a label.
            "summary": _BLANKS.sub(" ", ticket.title).strip()[:_TITLE_LIMIT],
            "description": _document(lines) if is_cloud else "\n".join(lines),
            "labels": [_BLANKS.sub("_", label)[:_LABEL_LIMIT] for label in ticket.labels],
        }
    }


def _document(lines: list[str]) -> dict[str, object]:
    """Text in the Atlassian document format, a paragraph a line; an empty one would be refused."""
    paragraphs = [
        {"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines
    ]
    return {"type": "doc", "version": 1, "content": paragraphs}


def _key(answer: bytes) -> str:
    """The key of the issue that was made; UnsureError if the answer does not tell it."""
    try:
        return decoded(answer, _Issue, vendor="Jira").key
    except ApiError as error:
        raise UnsureError(str(error)) from None
