"""Jira issues: search pages (Cloud v3 `/search/jql`, Server v2 `/search`), or one issue a line.

Only known fields are kept. The many custom fields of a site hold free text and persons under names
that mean nothing (`customfield_10050`); those a team wants are named in the option `extra_fields`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import msgspec

from ingest.files.json_documents import objects
from ingest.records import Issue, IssueChange
from ingest.source import Context, Item, Reject, Source, Warn
from ingest.trackers.answers import refuse_error
from ingest.trackers.labels import failure_mode_hint, flow_hint
from ingest.vendor_fields import Stamps, extra_json, prose, word, words

_DATED = ("status", "resolution")
"""Fields whose changes are kept: the resolution tells a fix from `won't do` in the same status."""
_LISTED = 5


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Yield an Issue per issue and an IssueChange per dated change of status or resolution."""
    stamps = Stamps(context)
    cut: list[str] = []
    for found in objects(stream, ("issues",)):
        if isinstance(found, Reject):
            yield found
            continue
        position, issue = found
        refuse_error(issue, "Jira, expected issues", unless=("key", "id", "fields"))
        yield from _issue(issue, context, stamps=stamps, position=position)
        if missing := _missing_histories(issue):
            cut.append(f"{word(issue.get('key'))} lacks {missing}")
    if cut:
        yield Warn(
            reason=f"changelog cut short in {len(cut)} issues: "
            + ", ".join(cut[:_LISTED])
            + (" …" if len(cut) > _LISTED else ""),
            partial=True,
        )
    yield from stamps.warnings()


def _issue(
    issue: Mapping[str, Any], context: Context, *, stamps: Stamps, position: int
) -> Iterator[Item]:
    key, fields = word(issue.get("key")), issue.get("fields")
    if key is None:
        # /search/jql answers with ids alone unless the fields are asked for.
        yield Reject(position=position, reason="no key: was the search asked for its fields?")
        return
    if not isinstance(fields, dict):
        yield Reject(
            position=position, reason="no fields: was the search asked for them?", excerpt=key
        )
        return
    created, resolved, updated = (
        stamps.read(fields.get(name), position=position, field=name)
        for name in ("created", "resolutiondate", "updated")
    )
    row = _row(key, fields, context)
    row.created_at, row.resolved_at, row.updated_at = created, resolved, updated
    if began := context.options.get("started_field"):
        row.started_at = stamps.read(fields.get(began), position=position, field=began)
        stamps.check_order(row.started_at, resolved, position=position)
    row.day = context.day_of(updated or created)
    yield row
    for history, item in _changes(issue):
        changed = stamps.read(history.get("created"), position=position, field="changelog")
        change_id = word(history.get("id"))
        if change_id is None or changed is None:
            reason = f"a change of {_field(item)} without id or time"
            yield Reject(position=position, reason=reason, excerpt=key)
            continue
        yield IssueChange(
            # The day of the version that told of it: a day of its own would spread one page of
            # issues over a part per day of their lives.
            day=row.day,
            key=key,
            change_id=change_id,
            field=_field(item),
            from_value=word(item.get("fromString")),
            to_value=word(item.get("toString")),
            changed_at=changed,
        )


def _row(key: str, fields: Mapping[str, Any], context: Context) -> Issue:
    labels, status = words(fields.get("labels")), fields.get("status")
    category = status.get("statusCategory") if isinstance(status, dict) else None
    project = fields.get("project")
    return Issue(
        day=context.folder_day,
        key=key,
        project=word(project.get("key"))
        if isinstance(project, dict)
        else key.rpartition("-")[0] or None,
        type=word(fields.get("issuetype")),
        title=prose(fields.get("summary")),
        labels_json=msgspec.json.encode(labels).decode() if labels else None,
        severity=_own(fields, context, "severity_field"),
        priority=word(fields.get("priority")),
        status=word(status),
        status_category=word(category.get("key")) if isinstance(category, dict) else None,
        component=word(fields.get("components")),
        flow_hint=flow_hint(labels),
        failure_mode=_own(fields, context, "failure_mode_field") or failure_mode_hint(labels),
        extra_json=_extra(fields, context),
    )


def _own(fields: Mapping[str, Any], context: Context, option: str) -> str | None:
    """The word in the site's own field of which an option gives the id."""
    name = context.options.get(option)
    return word(fields.get(name)) if isinstance(name, str) else None


def _extra(fields: Mapping[str, Any], context: Context) -> str | None:
    parent = fields.get("parent")
    kept = {
        "components": words(fields.get("components")),
        "fix_versions": words(fields.get("fixVersions")),
        "affects_versions": words(fields.get("versions")),
        "resolution": word(fields.get("resolution")),
        "parent": word(parent.get("key")) if isinstance(parent, dict) else None,
    }
    asked = {name: fields.get(name) for name in words(context.options.get("extra_fields"))}
    return extra_json({name: value for name, value in (kept | asked).items() if value})


def _changelog(issue: Mapping[str, Any]) -> tuple[list[Any], int]:
    log = issue.get("changelog")
    histories = log.get("histories") if isinstance(log, dict) else None
    listed = histories if isinstance(histories, list) else []
    total = log.get("total") if isinstance(log, dict) else None
    return listed, total if isinstance(total, int) else len(listed)


def _missing_histories(issue: Mapping[str, Any]) -> int:
    listed, total = _changelog(issue)
    return max(total - len(listed), 0)


def _changes(issue: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Yield each changed field that is kept, with the history entry it stands in."""
    for history in _changelog(issue)[0]:
        items = history.get("items") if isinstance(history, dict) else None
        for item in items if isinstance(items, list) else []:
            if isinstance(item, dict) and _field(item) in _DATED:
                yield history, item


def _field(item: Mapping[str, Any]) -> str:
    """Name a changed field; before there was `fieldId`, `field` was in English on every site."""
    return str(item.get("fieldId") or item.get("field")).lower()


class _Options(msgspec.Struct, forbid_unknown_fields=True):
    """The `[sources.jira]` table: names of the site's own fields."""

    severity_field: str | None = None
    started_field: str | None = None
    """When an incident began: `created` says only when somebody wrote it down."""
    failure_mode_field: str | None = None
    extra_fields: list[str] | str = []


SOURCE = Source(
    name="jira",
    family="issues",
    tables=(Issue, IssueChange),
    glob=("*.json", "*.jsonl", "*.ndjson"),
    parse=parse,
    version=2,
    options=_Options,
)
