"""Linear: issues by the day of their last update, with the whole history of their states.

`POST https://api.linear.app/graphql`, pages by cursor. Linear counts the complexity of a query, not
only how many are sent: 10,000 points at most for one, 250,000 an hour for a key, and a connection
costs what it might hold. So a page asks for a short stretch of each history, and a longer history is
fetched by itself. A day's document holds the issues whose last update fell on it; those that were
open already when the workspace's first day began stand in that day's.
Source: linear.app/developers (GraphQL API, pagination, filtering, rate limiting), as of 2026.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from ingest.apis import Access, Api, ApiError, Landed, Question, Window, Windows, account_of
from ingest.apis.answers import asked, decoded, line
from ingest.apis.day_files import DayFiles
from ingest.http import Http
from ingest.privacy import excerpt

_ENDED = ("completed", "canceled", "duplicate")
_NOTHING = b'{"data":{"issues":{"nodes":[]}}}\n'
_CHANGES = "nodes { id createdAt fromState { name } toState { name } }"
_INFO = "pageInfo { hasNextPage endCursor }"
# About 70 points an issue: 3,500 a page, and 3,500 issues an hour.
_ISSUES = f"""query Issues($filter: IssueFilter!, $after: String) {{
  issues(first: 50, after: $after, filter: $filter, orderBy: updatedAt, includeArchived: true) {{
    nodes {{
      id identifier title priority priorityLabel estimate
      createdAt updatedAt startedAt completedAt canceledAt archivedAt
      state {{ name type }} team {{ key name }} project {{ name }} parent {{ identifier }}
      labels(first: 10) {{ nodes {{ name }} {_INFO} }}
      history(first: 15) {{ {_CHANGES} {_INFO} }}
    }}
    {_INFO}
  }}
}}"""
_HISTORY = f"""query History($id: String!, $after: String) {{
  issue(id: $id) {{ connection: history(first: 50, after: $after) {{ {_CHANGES} {_INFO} }} }}
}}"""
_LABELS = f"""query Labels($id: String!, $after: String) {{
  issue(id: $id) {{ connection: labels(first: 50, after: $after) {{ nodes {{ name }} {_INFO} }} }}
}}"""


class _Account(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`[[fetch.linear]]`: a workspace of Linear, and which of its teams."""

    name: str
    token_env: str
    """A personal API key as it is; of an OAuth application `Bearer` and the token."""
    teams: tuple[str, ...] = ()
    """Keys of teams, such as SHOP; none: all that the key may read."""
    base_url: str = "https://api.linear.app"


class _Info(msgspec.Struct, rename="camel"):
    has_next_page: bool = False
    end_cursor: str | None = None


class _Connection(msgspec.Struct, rename="camel"):
    nodes: list[msgspec.Raw]
    page_info: _Info = msgspec.field(default_factory=_Info)


class _Node(msgspec.Struct, rename="camel"):
    id: str
    updated_at: str | None = None
    labels: _Connection | None = None
    history: _Connection | None = None


class _Holder(msgspec.Struct):
    connection: _Connection


class _Data(msgspec.Struct):
    issues: _Connection | None = None
    issue: _Holder | None = None


class _Error(msgspec.Struct):
    message: str = ""
    extensions: dict[str, Any] = {}


class _Answer(msgspec.Struct):
    data: _Data | None = None
    errors: list[_Error] = []


def _fetch(entry: Mapping[str, Any], window: Window, access: Access) -> Iterator[Landed]:
    """Yield a document of JSON lines, one issue each, for each day of the window."""
    account = account_of(entry, _Account)
    http = Http(
        account.base_url,
        access,
        headers={"Authorization": entry["token"]},
        advice=f"check the API key in {account.token_env} (Linear: Settings, Security & access)",
    )
    with DayFiles(window) as days:
        for issue, updated in _issues(_Linear(http), _filter(account, window)):
            days.add(days.day_of(updated), issue)
        yield from days.landed(f"{quote(account.name, safe='')}.jsonl.gz", empty=_NOTHING)


def _probe(entry: Mapping[str, Any]) -> Question:
    """Only whether anybody is there: GraphQL takes nothing but POST, and counts each."""
    return Question(account_of(entry, _Account).base_url)


def _filter(account: _Account, window: Window) -> dict[str, Any]:
    since: dict[str, Any] = {"updatedAt": {"gte": window.begin.isoformat()}}
    if window.with_open:
        since = {"or": [since, {"state": {"type": {"nin": _ENDED}}}]}
    teams = [{"team": {"key": {"in": account.teams}}}] if account.teams else []
    return {"and": [since, {"updatedAt": {"lt": window.end.isoformat()}}, *teams]}


def _issues(linear: "_Linear", wanted: dict[str, Any]) -> Iterator[tuple[bytes, str | None]]:
    """Each issue once, as one line of JSON, with the stamp of its last update."""
    seen: set[str] = set()
    for raw in linear.pages(_ISSUES, {"filter": wanted}):
        node = decoded(raw, _Node, vendor="Linear")
        if node.id in seen:  # it was updated while the pages were read
            continue
        seen.add(node.id)
        yield linear.whole(raw, node), node.updated_at


class _Linear:
    """The one address of Linear, and its connections to their ends."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def pages(
        self, query: str, variables: Mapping[str, Any], after: str | None = None
    ) -> Iterator[msgspec.Raw]:
        """The nodes of a connection, from a cursor on."""
        cursors = {after}
        while True:
            found = self._asked(query, {**variables, "after": after})
            yield from found.nodes
            after = found.page_info.end_cursor
            if not found.page_info.has_next_page:
                return
            if after in cursors:
                raise ApiError("Linear gives the same page again and again; nothing was kept")
            cursors.add(after)

    def whole(self, raw: msgspec.Raw, node: _Node) -> bytes:
        """The issue as a line, with all of what its page had only the beginning of."""
        ends: dict[str, msgspec.Raw] = {}
        for name, query, held in (
            ("labels", _LABELS, node.labels),
            ("history", _HISTORY, node.history),
        ):
            if held and held.page_info.has_next_page:
                rest = self.pages(query, {"id": node.id}, held.page_info.end_cursor)
                nodes = {"nodes": [*held.nodes, *rest], "pageInfo": {"hasNextPage": False}}
                ends[name] = msgspec.Raw(msgspec.json.encode(nodes))
        if not ends:
            return line(raw)
        return line(
            msgspec.json.encode({**msgspec.json.decode(raw, type=dict[str, msgspec.Raw]), **ends})
        )

    def _asked(self, query: str, variables: Mapping[str, Any]) -> _Connection:
        call = self._http.post("graphql", json={"query": query, "variables": variables})
        answer = asked(call, _Answer, vendor="Linear")
        if answer.errors:
            raise ApiError(_said(answer.errors))
        data = answer.data or _Data()
        found = data.issues or (data.issue.connection if data.issue else None)
        if found is None:
            raise ApiError("Linear answered neither with issues nor with an error")
        return found


def _said(errors: list[_Error]) -> str:
    """What went wrong, in Linear's words; these may stand in an answer that has data as well."""
    said = excerpt("; ".join(error.message for error in errors)) or "no reason"
    if any(error.extensions.get("code") == "RATELIMITED" for error in errors):
        return f"Linear's hourly limit is reached: {said}. What came is kept: run it again later"
    return f"Linear answered with an error: {said}"


API = Api(
    "linear",
    "linear",
    "fetch.linear",
    Windows(days_again=1, days_per_call=31),
    _fetch,
    options=_Account,
    probe=_probe,
)
