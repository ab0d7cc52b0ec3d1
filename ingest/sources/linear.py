"""Linear issues: answers of its GraphQL API (api.linear.app/graphql, as of 2026), one page a file or line.

`{"data": {"issues": {"nodes": [...], "pageInfo": ...}}}`; of an issue `identifier title priority
priorityLabel createdAt updatedAt startedAt completedAt canceledAt`, `state {name type}`, `team {key
name}`, `project {name}`, `labels {nodes {name}}` and `history {nodes {id createdAt fromState toState}
pageInfo}` are read. An answer that names errors is refused whole, whatever data stand beside them.

Linear knows no type and no component of an issue: the type is the first label that the option
`type_labels` names, the component that of a label `component:cart`, else the name of the project.
"""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import msgspec

from ingest.files.json_documents import members
from ingest.privacy import scrub
from ingest.records import Issue, IssueChange
from ingest.source import Context, FormatError, Item, Reject, Source, Warn
from ingest.trackers.answers import members_of, refuse_error
from ingest.trackers.labels import component_hint, failure_mode_hint, flow_hint
from ingest.vendor_fields import Stamps, extra_json, prose, word, words

_CATEGORIES = {
    "triage": "new",
    "backlog": "new",
    "unstarted": "new",
    "started": "indeterminate",
    "completed": "done",
    "canceled": "done",
    "duplicate": "done",
}
"""The categories that Jira has, so that one model reads both."""
_TYPES = ("bug", "defect", "fault", "regression", "support", "question", "incident")
_STAMPS = ("createdAt", "startedAt", "completedAt", "canceledAt", "updatedAt")
_LISTED = 5


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Yield an Issue per issue and an IssueChange per dated change of state."""
    stamps = Stamps(context)
    cut: list[str] = []
    for found in members(stream, _issues_of):
        if isinstance(found, Reject):
            yield found
            continue
        position, issue = found
        key = word(issue.get("identifier"))
        if key is None:
            yield Reject(position=position, reason="no identifier: did the query ask for it?")
            continue
        row = _row(key, issue, context)
        _date(row, issue, stamps=stamps, position=position)
        row.day = context.day_of(row.updated_at or row.created_at)
        yield row
        yield from _changes(row, issue, stamps=stamps, position=position)
        if _has_more(issue.get("history")):
            cut.append(key)
    if cut:
        shown = ", ".join(cut[:_LISTED]) + (" …" if len(cut) > _LISTED else "")
        yield Warn(reason=f"history cut short in {len(cut)} issues: {shown}", partial=True)
    yield from stamps.warnings()


def _issues_of(document: object) -> Iterator[Any]:
    for page in document if isinstance(document, list) else [document]:
        if not isinstance(page, dict):
            yield page
            continue
        if page.get("errors"):
            refuse_error({"errors": page["errors"]}, "Linear", unless=())
        if "identifier" in page:
            yield page
            continue
        refuse_error(page, "Linear", unless=("data", "issues"))
        data = page.get("data", page)
        issues = data.get("issues") if isinstance(data, dict) else None
        if not isinstance(issues, dict) or (nodes := _nodes(issues)) is None:
            what = members_of(data if isinstance(data, dict) else page)
            raise FormatError(f"no answer of Linear, expected data.issues.nodes; members: {what}")
        yield from nodes


def _row(key: str, issue: Mapping[str, Any], context: Context) -> Issue:
    labels, state, team = words(_nodes(issue.get("labels"))), issue.get("state"), issue.get("team")
    kind = word(state.get("type")) if isinstance(state, dict) else None
    return Issue(
        day=context.folder_day,
        key=key,
        project=word(team.get("key")) if isinstance(team, dict) else key.rpartition("-")[0] or None,
        type=_type(labels, words(context.options.get("type_labels")) or _TYPES),
        title=prose(issue.get("title")),
        labels_json=msgspec.json.encode(labels).decode() if labels else None,
        priority=word(issue.get("priorityLabel")) or word(issue.get("priority")),
        status=word(state),
        status_category=_CATEGORIES.get(kind or ""),
        component=component_hint(labels) or word(issue.get("project")),
        flow_hint=flow_hint(labels),
        failure_mode=failure_mode_hint(labels),
        extra_json=_extra(issue, kind),
    )


def _type(labels: list[str], known: tuple[str, ...] | list[str]) -> str | None:
    """Return the first label that tells what kind of issue it is, verbatim."""
    kinds = {name.lower() for name in known}
    return next((label for label in labels if label.lower() in kinds), None)


def _date(row: Issue, issue: Mapping[str, Any], *, stamps: Stamps, position: int) -> None:
    """Read its stamps; an issue that was canceled has ended as one that was completed has."""
    read = {name: stamps.read(issue.get(name), position=position, field=name) for name in _STAMPS}
    row.created_at, row.updated_at = read["createdAt"], read["updatedAt"]
    row.resolved_at = read["completedAt"] or read["canceledAt"]


def _extra(issue: Mapping[str, Any], kind: str | None) -> str | None:
    parent = issue.get("parent")
    kept = {
        "team": word(issue.get("team")),
        "project": word(issue.get("project")),
        # Tells a fix from `won't do`, as the resolution does in Jira.
        "resolution": kind if _CATEGORIES.get(kind or "") == "done" else None,
        "parent": word(parent.get("identifier")) if isinstance(parent, dict) else None,
        "estimate": issue.get("estimate"),
        "started_at": issue.get("startedAt"),
        "archived_at": issue.get("archivedAt"),
    }
    return extra_json({name: value for name, value in kept.items() if value is not None})


def _changes(
    row: Issue, issue: Mapping[str, Any], *, stamps: Stamps, position: int
) -> Iterator[IssueChange | Reject]:
    """Yield the changes of state; an entry of the history may tell of anything else."""
    for entry in _nodes(issue.get("history")) or []:
        if not isinstance(entry, dict) or not (entry.get("fromState") or entry.get("toState")):
            continue
        change_id = word(entry.get("id"))
        changed = stamps.read(entry.get("createdAt"), position=position, field="history")
        if change_id is None or changed is None:
            reason = "a change of state without id or time"
            yield Reject(position=position, reason=reason, excerpt=scrub(row.key, 100))
            continue
        yield IssueChange(
            # The day of the version that told of it, as for Jira.
            day=row.day,
            key=row.key,
            change_id=change_id,
            field="status",
            from_value=word(entry.get("fromState")),
            to_value=word(entry.get("toState")),
            changed_at=changed,
        )


def _nodes(connection: object) -> list[Any] | None:
    """Return the members of a GraphQL connection, which are its nodes or behind its edges."""
    if not isinstance(connection, dict):
        return connection if isinstance(connection, list) else None
    nodes, edges = connection.get("nodes"), connection.get("edges")
    if isinstance(nodes, list):
        return nodes
    if isinstance(edges, list):
        return [edge.get("node") if isinstance(edge, dict) else edge for edge in edges]
    return None


def _has_more(connection: object) -> bool:
    info = connection.get("pageInfo") if isinstance(connection, dict) else None
    return isinstance(info, dict) and info.get("hasNextPage") is True


class _Options(msgspec.Struct, forbid_unknown_fields=True):
    """The `[sources.linear]` table."""

    type_labels: list[str] | str = []
    """Labels that tell what kind of issue it is; none: bug, defect, support and the like."""


SOURCE = Source(
    name="linear",
    family="issues",
    tables=(Issue, IssueChange),
    glob=("*.json", "*.jsonl", "*.ndjson"),
    parse=parse,
    version=2,
    options=_Options,
)
