"""Sentry: answers of its API (`/api/0`, sentry.io and self-hosted) and tables saved from its pages.

Lists of issues (`/projects/{org}/{project}/issues/`, `/organizations/{org}/issues/`), one issue, lists
of events (`.../events/`), JSON lines of any of them, or CSV with columns of the same names.

An issue tells how often it was seen by day only in its series (`stats`, asked for with
`statsPeriod`): a row a day. Without one there is a single row, on the day it was last seen, whose
`count` is not known; `count` and `userCount` of an issue are of all days it tells of. Events are
added up by day, error, file and release. Titles are scrubbed; persons, messages and stacks are not kept.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from msgspec.structs import replace

from ingest.records.base import Record
from ingest.records.errors import ErrorEvent
from ingest.source import Context, Item, Reject, Source, Warn
from ingest.trackers import exports
from ingest.trackers.answers import records_of
from ingest.trackers.sentry_fields import by_day, flat, number, path_of, print_of, release_of
from ingest.vendor_fields import VendorRecord

_ISSUE = ("id", "issue_id", "issue", "shortId", "short_id")
_EVENT = ("eventID", "event_id")
_GROUP = ("groupID", "group_id", "issue_id", "issue")
_SEEN = ("lastSeen", "last_seen", "dateCreated", "date_created", "timestamp")
_LISTS = ("issues", "events", "data")


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Yield the ErrorEvents of each issue, then those of all events; without id or time a Reject."""
    file = _File()
    yield from exports.read(stream, context, exports.Export(file.rows, _records, (_ISSUE, _SEEN)))
    yield from file.events.values()
    yield from file.warnings()


def _records(document: object) -> Iterator[Any]:
    for record in records_of(document, "Sentry", lists=_LISTS):
        yield flat(record) if isinstance(record, dict) else record


class _File:
    """What is added up over all records of a file."""

    def __init__(self) -> None:
        self.events: dict[tuple[object, ...], ErrorEvent] = {}
        self._ids: set[str] = set()
        self._repeated = self._odd = 0

    def rows(self, record: VendorRecord, context: Context) -> Reject | list[Record]:
        """Return the rows of an issue; an event is added to those of its day, error and release."""
        event_id = record.word(*_EVENT)
        error_id = record.word(*_GROUP) if event_id else record.word(*_ISSUE)
        last_seen = record.stamp(*_SEEN)
        if error_id is None:
            return record.reject("an event without its group" if event_id else "no id")
        if last_seen is None:
            return record.reject("no time at which it was seen")
        if not record.has("title", "message", "culprit", "type"):
            return record.reject("no title, message, culprit or type: is it Sentry's?")
        row = _error(record, error_id)
        row.last_seen_at = last_seen
        if event_id:
            row.day, row.first_seen_at = context.day_of(last_seen), last_seen
            self._add(event_id, row)
            return []
        row.first_seen_at = record.stamp("firstSeen", "first_seen")
        row.total_count = self._number(record, "count", "events", "times_seen")
        row.users = self._number(record, "userCount", "user_count", "users")
        row.day = context.day_of(last_seen)
        days = by_day(record.raw("stats"), context)
        return [replace(row, day=day, count=days[day]) for day in sorted(days)] or [row]

    def warnings(self) -> Iterator[Warn]:
        """Yield what deserves a look, at the end of the file."""
        if self._repeated:
            yield Warn(reason=f"{self._repeated} events stand more than once, counted once")
        if self._odd:
            yield Warn(reason=f"{self._odd} counts are no whole numbers, left unknown")

    def _add(self, event_id: str, row: ErrorEvent) -> None:
        if event_id in self._ids:
            self._repeated += 1
            return
        self._ids.add(event_id)
        place = (row.day, row.project, row.error_id, row.file, row.release, row.environment)
        known = self.events.setdefault(place, row)
        known.count = (known.count or 0) + 1
        stamps = [s for s in (known.first_seen_at, known.last_seen_at, row.last_seen_at) if s]
        known.first_seen_at, known.last_seen_at = min(stamps), max(stamps)

    def _number(self, record: VendorRecord, *names: str) -> int | None:
        text = record.word(*names)
        found = number(text)
        self._odd += text is not None and found is None
        return found


def _error(record: VendorRecord, error_id: str) -> ErrorEvent:
    """Return what issues and events tell alike."""
    error_type = record.word("type", "error_type", "metadata_type")
    title = record.prose("title", "message")
    return ErrorEvent(
        day=date.min,
        project=record.word("project", "project_name", "project_slug"),
        error_id=error_id,
        type=error_type,
        title=title,
        fingerprint=print_of(error_type, record.prose("message", "metadata_value") or title),
        level=record.word("level"),
        status=record.word("status"),
        platform=record.word("platform"),
        component=record.word("component", "service") or record.prose("culprit", "transaction"),
        file=path_of(record.word("file", "filename", "metadata_filename")),
        function=record.word("function", "metadata_function"),
        release=release_of(record.raw("release", "last_release")),
        environment=record.word("environment"),
    )


SOURCE = Source("sentry", "errors", (ErrorEvent,), exports.GLOB, parse, version=2)
