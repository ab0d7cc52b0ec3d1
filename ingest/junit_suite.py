"""One open `testsuite` of a JUnit report: what its cases inherit, and whether its counts hold."""

import re
from typing import Any

from msgspec.structs import replace

from ingest.junit_case import properties
from ingest.moments import Moment, moment
from ingest.records import TestAttempt
from ingest.source import Context
from ingest.tags import Pair, of_suite, tags_json
from ingest.test_names import stable

JOINT = " › "

# unittest-xml-reporting names each run of a suite anew: `TestCart-20251114214921`.
_RUN_STAMP = re.compile(r"-20\d{12}$")


class Suite:
    """Path, file, moment and tags for the cases of a suite; children inherit from `parent`."""

    def __init__(self, element: Any, parent: "Suite | None", context: Context) -> None:
        if parent:
            parent.read_properties()
        self.element = element
        self._parent = parent
        self.path = _path(element, parent)
        self.file = slashed(element.get("file")) or (parent.file if parent else None)
        self.properties: tuple[tuple[Pair, ...], ...] = parent.properties if parent else ()
        self.blank = replace(parent.blank) if parent else _blank(context)
        """What all rows of the suite have in common: they are copies of this one."""
        self.blank.suite = self.path
        self.blank.file = self.file
        when = moment(element.get("timestamp"), context)
        if when:
            date(self.blank, when)
        self.cases = 0
        self.failing = 0
        self.problems = 0
        """Failure and error elements: some tools count those, not the cases that have them."""
        self._below = (0, 0, 0)

    def read_properties(self) -> None:
        """Take in the properties that are in the tree by now; they are emptied, so count once."""
        for child in self.element.iterchildren("{*}properties"):
            found = of_suite(properties(child))
            child.clear()
            if found:
                self.properties = (*self.properties, found)
                self.blank.tags_json = tags_json(*self.properties)

    def closed(self) -> str | None:
        """Add this suite's counts to its parent's; what differs from the counts it states, if anything."""
        own = (self.cases, self.failing, self.problems)
        total = tuple(map(sum, zip(own, self._below, strict=True)))
        if self._parent:
            self._parent.add(total)
        stated = [_count(self.element.get(name)) for name in ("tests", "failures", "errors")]
        tests, failing = stated[0], None if stated[1] is None else stated[1] + (stated[2] or 0)
        name = self.path or "the report"
        if tests is not None and tests not in (own[0], total[0]):
            return f"{name} states {tests} tests, {total[0]} are there"
        if failing is not None and failing not in (*own[1:], *total[1:]):
            return f"{name} states {failing} failures and errors, {total[1]} cases have one"
        return None

    def add(self, counts: tuple[int, ...]) -> None:
        """The counts of a suite inside this one."""
        self._below = tuple(map(sum, zip(self._below, counts, strict=True)))


def slashed(path: str | None) -> str | None:
    """A path with / for \\; None for an empty one."""
    return path.replace("\\", "/") if path else None


def date(row: TestAttempt, when: Moment) -> None:
    """Write a moment into a row."""
    row.day, row.started_at, row.zone_assumed, row.raw_started_at = when


def _blank(context: Context) -> TestAttempt:
    return TestAttempt(day=context.folder_day, name="", raw_status="passed", status="passed")


def _path(element: Any, parent: Suite | None) -> str | None:
    above = parent.path if parent else None
    # The name of <testsuites> is that of the run, not of a place in the code.
    own = "" if element.tag.endswith("testsuites") else _RUN_STAMP.sub("", element.get("name", ""))
    return JOINT.join(part for part in (above, stable(own)) if part) or None


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None
