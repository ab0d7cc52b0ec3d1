"""Files to facts: each is recognised by its content and read by the registered parser."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec

from gapsight.onboarding.facts import Facts, Place, Route, Seen
from ingest import sources
from ingest.files.packed import bare_name, opened, parsed
from ingest.files.sniff import looks_like
from ingest.records import (
    FileCoverage,
    Record,
    RequestMinute,
    TestAttempt,
    UsageCount,
)
from ingest.source import (
    HEAD,
    Batch,
    Context,
    FormatError,
    Item,
    Reject,
    Source,
    Tally,
)

_USED = frozenset(table.TABLE for table in (UsageCount, TestAttempt, FileCoverage))

_NO_LOGS = {"XML", "JSON", "JSON lines", "CSV", "LCOV", "binary data", "an empty file"}


@dataclass(frozen=True)
class Task:
    """A file to be read; the format if its place says it already."""

    path: Path
    context: Context
    source: Source | None = None
    service: str = ""
    match: str = ""
    repo: str = "*"
    """Whose reports these are, where they do not say it."""


def recognise(path: Path) -> Source:
    """The format of a file, by its content; FormatError says what it looks like instead."""
    if path.is_dir():
        return sources.get("ci_bundle")
    with opened(path) as stream:
        head = stream.read(HEAD)
    if head.startswith(b"PK\x03\x04"):
        return sources.get("ci_bundle")
    # Formats with an ending of their own before those that take any name.
    known = sorted(sources.all_sources(), key=lambda source: "*" in source.glob)
    for source in known:
        if source.takes(bare_name(path.name)) and source.knows(head):
            return source
    what = looks_like(head)
    if what in _NO_LOGS:
        raise FormatError(f"{what} of no format that a draft is made from")
    return sources.get("access_log")


def read_all(tasks: Iterable[Task], facts: Facts, done: Callable[[str], None]) -> None:
    """Read every file into the facts; one that cannot be read is named among them and stops nothing."""
    for task in tasks:
        facts.files.append(_read(task, facts))
        done(task.path.name)


def _read(task: Task, facts: Facts) -> Seen:
    seen = Seen(task.path, match=task.match)
    try:
        source = task.source or recognise(task.path)
        if not _USED & {table.TABLE for table in source.tables}:
            return replace(seen, problem=f"{source.name}: no draft is made from this format")
        reader = _Reader(task, facts, source.name)
        with parsed(source, task.path, task.context) as items:
            for item in items:
                reader.take(item)
    except (FormatError, OSError) as error:
        return replace(seen, problem=str(error))
    reader.finish()
    is_log = source.name == "access_log"
    return replace(
        seen,
        source=source.name,
        service=task.service if is_log else "",
        match=task.match if is_log else "",
        first=reader.first,
        last=reader.last,
        records=reader.records,
        rejected=reader.rejected,
    )


class _Reader:
    """Adds what one file gives; only when it was read to its end does it count."""

    def __init__(self, task: Task, facts: Facts, source: str) -> None:
        self._task, self._facts, self._source = task, facts, source
        self._new = Facts()
        self._days: Counter[date] = Counter()
        self._rows = 0
        self.rejected = 0
        self.first: date | None = None
        self.last: date | None = None

    @property
    def records(self) -> int:
        """Lines, or what else a format counts; of one that does not count, rows and rejects."""
        return self._new.classes["read"] or self._rows + self.rejected

    def take(self, item: Item) -> None:
        """Look at one item of the parser."""
        if isinstance(item, Batch):
            names = tuple(item.columns)
            for values in zip(*item.columns.values(), strict=True):
                self._row(item.table, dict(zip(names, values, strict=True)))
        elif isinstance(item, Record):
            self._rows += 1
            self._row(type(item), msgspec.structs.asdict(item))
        elif isinstance(item, Tally):
            self._new.classes.update(msgspec.structs.asdict(item))
        elif isinstance(item, Reject):
            self.rejected += 1

    def finish(self) -> None:
        """Add everything to the facts of all files."""
        if self._new.classes["read"]:
            self._new.classes["rejected"] = self.rejected
        for name in ("requests", "refused", "events", "tests", "tags", "lines", "classes"):
            whole: Counter[Any] = getattr(self._facts, name)
            whole.update(getattr(self._new, name))
        if self._days:
            main = max(self._days, key=lambda day: (self._days[day], -day.toordinal()))
            first, last = min(self._days), max(self._days)
            known = self._facts.usage_days.setdefault(self._task.service or self._source, Counter())
            for day in self._days:
                known[day] += 2 if day == main or first < day < last else 1

    def _row(self, table: type[Record], row: Mapping[str, Any]) -> None:
        if table is UsageCount:
            self._usage(row)
        elif table is RequestMinute and row["actor"] == "user" and row["status_class"] == "4xx":
            self._new.refused[_route(row, "route")] += row["count"]
        elif table is TestAttempt:
            self._test(row)
        elif table is FileCoverage:
            place = Place(row["repo"] or self._task.repo, row["file"])
            self._new.lines[place] = max(self._new.lines[place], row["lines_total"] or 1)
            self._on(row["measured_at"] and row["day"])

    def _usage(self, row: Mapping[str, Any]) -> None:
        self._on(row["day"])
        if row["actor"] != "user":
            return
        self._days[row["day"]] += row["count"]
        # A span that knows its route is mapped by route patterns, one that knows a name as events are.
        if row["kind"] == "request" or (row["kind"] == "span" and row["event"].startswith("/")):
            self._new.requests[_route(row, "event")] += row["count"]
        else:
            self._new.events[self._source, row["event"]] += row["count"]

    def _test(self, row: Mapping[str, Any]) -> None:
        path = row["file"] or (row["class_name"] or "").replace(".", "/")
        if path:
            self._new.tests[Place(row["repo"] or self._task.repo, path)] += 1
        flow = msgspec.json.decode(row["tags_json"] or "{}").get("flow")
        for name in flow if isinstance(flow, list) else [flow] if flow else ():
            self._new.tags[str(name).lower()] += 1
        self._on(row["started_at"] and row["day"])

    def _on(self, day: date | None) -> None:
        if day:
            self.first = min(self.first or day, day)
            self.last = max(self.last or day, day)


def _route(row: Mapping[str, Any], key: str) -> Route:
    return Route(row.get("service") or "", (row["method"] or "").upper(), row[key])


def file_day(path: Path) -> date:
    """The day of what carries no stamp of its own: when the file was last written."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
