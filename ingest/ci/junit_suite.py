"""One open `testsuite` of a JUnit report: what its cases inherit, and whether its counts hold."""

import re
from typing import Any

from msgspec.structs import replace

from ingest.ci.junit_case import Outcome, local, properties
from ingest.ci.moments import Moment, moment
from ingest.ci.tags import Pair, of_suite, tags_json
from ingest.ci.test_names import JOINT, slashed, stable
from ingest.records import TestAttempt
from ingest.source import Context

Counts = tuple[int, int, int, int]
"""Cases, their attempts, cases with a failure, failures."""

# unittest-xml-reporting names each run of a suite anew: `TestCart-20251114214921`.
_RUN_STAMP = re.compile(r"-20\d{12}$")
_SCRIPT = re.compile(r"\.[cm]?[jt]sx?$")


class Suite:
    """Path, file, moment and tags for the cases of a suite; children inherit from `parent`."""

    def __init__(self, element: Any, parent: "Suite | None", context: Context) -> None:
        if parent:
            parent.look_before(element)
        self.element = element
        self._parent = parent
        self.is_outermost = parent is None
        self.path = _path(element, parent)
        self.file: str | None = slashed(element.get("file")) or (parent.file if parent else None)
        self.properties: tuple[tuple[Pair, ...], ...] = parent.properties if parent else ()
        self.blank: TestAttempt = replace(parent.blank) if parent else _blank(context)
        """What all rows of the suite have in common: they are copies of this one."""
        self.blank.suite = self.path
        self.blank.file = self.file
        self.project = _project(element, parent)
        """Playwright's project, empty if it has none; None in any other tool's report."""
        self.blank.environment = self.project or self.blank.environment
        stamp = element.get("timestamp")
        when = moment(stamp, context)
        self.unusable_stamp = None if when else stamp
        if when:
            set_moment(self.blank, when)
        self._looked_at: Any = None
        self._taken: dict[int, Any] = {}
        self.cases = 0
        self._retries = 0
        self._failing = 0
        self._failures = 0
        self._below = (0, 0, 0, 0)

    def look_before(self, child: Any) -> None:
        """Take in the properties that stand before a child suite, which inherits them."""
        at = self._looked_at
        if at is None or at.getparent() is not self.element:  # taken out of the tree since
            at = next(self.element.iterchildren(), None)
        while at is not None and at is not child:
            if local(at) == "properties":
                self.take(at)
            self._looked_at = at
            at = at.getnext()

    def take(self, element: Any) -> None:
        """Take in the properties of an element that has ended, once.

        It is not emptied to remember that: what libxml2 may still write to must not be freed.
        """
        if id(element) in self._taken:
            return
        self._taken[id(element)] = element
        found = of_suite(properties(element))
        if found:
            self.properties = (*self.properties, found)
            self.blank.tags_json = tags_json(*self.properties)

    def forget(self) -> None:
        """The children read so far are out of the tree."""
        self._taken.clear()

    def count(self, outcomes: list[Outcome]) -> None:
        """Note the attempts of a case in which not all went well."""
        failed = False
        for outcome in outcomes:
            failed = failed or outcome.problems > 0
            self._failures += outcome.problems or outcome.retried
        self._failing += failed
        self._retries += len(outcomes) - 1

    def add(self, counts: Counts) -> None:
        """Note the counts of a suite inside this one."""
        self._below = _sum(self._below, counts)

    def closed(self) -> str | None:
        """Add the counts to the parent's; what the suite states and does not have, if anything."""
        own = (self.cases, self.cases + self._retries, self._failing, self._failures)
        total = _sum(own, self._below)
        if self._parent:
            self._parent.add(total)
        tests, failures, errors = (
            _count(self.element.get(n)) for n in ("tests", "failures", "errors")
        )
        name = self.path or "the report"
        # Tools count cases or attempts, failed cases or failures, with or without inner suites.
        if tests is not None and tests not in (*own[:2], *total[:2]):
            return f"{name} states {tests} tests, {total[0]} are there"
        failed = None if failures is None else failures + (errors or 0)
        if failed is not None and failed not in (*own[2:], *total[2:]):
            return f"{name} states {failed} failures and errors, {total[2]} tests have one"
        return None


def set_moment(row: TestAttempt, when: Moment) -> None:
    """Write a moment into a row."""
    row.day, row.started_at, row.zone_assumed, row.raw_started_at = when


def _blank(context: Context) -> TestAttempt:
    return TestAttempt(day=context.folder_day, name="", raw_status="passed", status="passed")


def _path(element: Any, parent: Suite | None) -> str | None:
    above = parent.path if parent else None
    # The name of <testsuites> is that of the run, not of a place in the code.
    own = "" if element.tag.endswith("testsuites") else _RUN_STAMP.sub("", element.get("name", ""))
    return JOINT.join(part for part in (above, stable(own)) if part) or None


def _project(element: Any, parent: Suite | None) -> str | None:
    """The host's name is a project's in Playwright's reports: their root has an id, and suites are scripts."""
    root = parent.element if parent and parent.is_outermost else None
    host = element.get("hostname")
    if root is None or root.get("id") is None or not _SCRIPT.search(element.get("name", "")):
        return None
    return None if host is None else stable(host)


def _sum(one: Counts, other: Counts) -> Counts:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3]


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None
