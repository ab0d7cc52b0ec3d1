"""JUnit XML, in the dialects of its many writers.

There is no standard: what is common is `testsuite` elements, nested at will, with `testcase`s in
them. A file streams: memory does not grow with it.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree
from msgspec.structs import replace

from ingest.ci.junit_case import Outcome, attempts, failure, local, stated
from ingest.ci.junit_suite import Suite, set_moment
from ingest.ci.moments import Moment, moment
from ingest.ci.repeats import FAILING, Repeats
from ingest.ci.tags import Pair, tags_json
from ingest.ci.test_names import SUITE_ITSELF, slashed, split_name
from ingest.ci.title_tags import split_known, split_title
from ingest.files.durations import milliseconds
from ingest.files.xml_stream import XmlStream
from ingest.privacy import excerpt
from ingest.records import TestAttempt
from ingest.sightings import Sightings
from ingest.source import Context, Item, Reject, Source, Warn

WANTED = "a JUnit report (<testsuites> or <testsuite>)"
SUITES = ("testsuites", "testsuite")
MOST_WORDS = 5
_SHORT = 200
_ANY_RARE = etree.XPath("*/@status or */@result or */@timestamp")


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """A TestAttempt per attempt; FormatError for anything that has no JUnit root."""
    report = XmlStream(stream, wanted=WANTED, roots=SUITES)
    reader = _Reader(report, context)
    for event, element in report.events(*SUITES):
        if event == "start":
            yield from reader.open(element)
        elif event == "end":
            yield from reader.close(element)
        else:
            yield from reader.drain()
    yield from reader.finish()


class _Reader:
    """The suites that are open, and what the cases read so far have shown."""

    def __init__(self, report: XmlStream, context: Context) -> None:
        self._report = report
        self._context = context
        self._case_tag = report.namespace + "testcase"
        self._open: list[Suite] = []
        self._repeats = Repeats()
        self._unknown: set[str] = set()
        self._unusable = Sightings()
        self._differences = Sightings()
        self._stamp: tuple[str, Moment | None] = ("", None)

    def open(self, element: Any) -> list[Item]:
        """A suite has begun, inside those that are open."""
        items: list[Item] = []
        while self._report.damaged and self._open and not self._holds(element):
            items += self._close_innermost()  # its start tag was broken: there was no end
        suite = Suite(element, self._open[-1] if self._open else None, self._context)
        self._open.append(suite)
        if suite.unusable_stamp:
            self._unusable.see(suite.unusable_stamp)
        return items

    def _holds(self, element: Any) -> bool:
        innermost = self._open[-1].element
        return any(above is innermost for above in element.iterancestors())

    def drain(self) -> list[Item]:
        """Rows of the cases that are in the tree, which are then taken out of it.

        The last child of an open suite stays: it may not have been read to its end.
        """
        items: list[Item] = []
        for suite in self._open:
            last = len(suite.element) - 1
            if last > 0:
                items += self._rows(suite, suite.element, suite.element[last])
                self._report.went_on()
                del suite.element[:last]
                suite.forget()
        items += self._repeats.trim()
        return items

    def close(self, element: Any) -> list[Item]:
        """The suite has ended, and with it what is open inside: a broken start tag has no end."""
        items: list[Item] = []
        while any(suite.element is element for suite in self._open):
            items += self._close_innermost()
        # Emptied only now: freeing what libxml2 still writes to would crash the process.
        element.clear()
        return items

    def _close_innermost(self) -> list[Item]:
        suite = self._open.pop()
        cut = self._report.cut_inside not in (None, *SUITES) and len(suite.element) > 0
        last = suite.element[-1] if cut else None
        items: list[Item] = [*self._rows(suite, suite.element, last)]
        if cut:
            self._report.cut_inside = None
            items += self._cut_off(suite, last)
        difference = suite.closed()
        if difference:
            self._differences.see(difference)
        return items

    def finish(self) -> Iterator[Item]:
        """Rows held back to the end of the file, and what there is to say about it as a whole."""
        while self._open:
            yield from self._close_innermost()
        yield from self._repeats.rest()
        if self._report.incomplete:
            yield Reject(
                position=None, reason=f"{self._report.ending}: results after that are missing"
            )
        notes = list(self._report.notes)
        if self._repeats.forgot:
            notes.append("too many tests to recognise every repetition of a name")
        if self._unknown:
            words = ", ".join(sorted(self._unknown))
            notes.append(f"unknown status without a failure, taken for passed: {excerpt(words)}")
        if stamps := self._unusable.count:
            first = excerpt(self._unusable.first)
            notes.append(f"{stamps} time stamps that cannot be used, the first: {first}")
        if more := self._differences.count:
            also = f" (and {more - 1} more suites)" if more > 1 else ""
            notes.append(f"counts differ: {self._differences.first}{also}")
        for note in notes:
            yield Warn(reason=note, partial=self._report.damaged)

    def _rows(self, suite: Suite, parent: Any, end: Any = None) -> list[TestAttempt]:
        """Rows of the parent's children before `end`, of all of them if it is None."""
        case_tag, repeats = self._case_tag, self._repeats
        rows: list[TestAttempt] = []
        cases = 0
        has_rare = _ANY_RARE(parent)
        for child in parent.iterchildren():
            if child is end:
                break
            if child.tag == case_tag:
                cases += 1
                row, key = _row(suite, child)
                if has_rare:
                    self._rare(row, child)
                if len(child) == 0 and row.status == "passed" and repeats.is_new(key):
                    rows.append(row)
                else:
                    rows += repeats.place(key, self._attempts(suite, child, row))
                    if self._report.damaged:  # cases stand in a case whose end tag was missing
                        rows += self._rows(suite, child)
            elif parent is suite.element:
                rows += self._beside(suite, child)
        suite.cases += cases
        return rows

    def _rare(self, row: TestAttempt, case: Any) -> None:
        """Attributes that few dialects write."""
        status, result, stamp = case.get("status"), case.get("result"), case.get("timestamp")
        outcome = stated(status, result)
        if outcome:
            row.raw_status, row.status = outcome.raw, outcome.status
        else:
            row.raw_status = status or result
            if len(self._unknown) < MOST_WORDS:
                self._unknown.add(row.raw_status)
        if stamp and stamp != self._stamp[0]:  # cases of one second follow each other
            self._stamp = (stamp, moment(stamp, self._context))
        if stamp and self._stamp[1]:
            set_moment(row, self._stamp[1])
        elif stamp:
            self._unusable.see(stamp)

    def _attempts(self, suite: Suite, case: Any, row: TestAttempt) -> list[TestAttempt]:
        """The case's attempts in order; the one whose duration the case states has the row's."""
        found, own = attempts(case, Outcome(row.raw_status, row.status))
        if own:
            in_title = _title(suite, case.get("name") or "")[1]
            row.tags_json = tags_json(*suite.properties, (*in_title, *own))
        if not found:
            return [row]
        rows = [row]
        for outcome in found[1:]:
            rows.append(replace(row))
            _write(rows[-1], outcome, attempt=len(rows))
        _write(row, found[0])
        suite.count(found)
        return rows

    def _beside(self, suite: Suite, child: Any) -> list[TestAttempt]:
        """What stands in a suite beside its cases and suites."""
        tag = local(child)
        if tag == "properties":
            suite.take(child)
        elif tag in ("failure", "error"):
            # The suite broke outside its tests: without a row it would read as "none failed".
            row = replace(suite.blank, name=SUITE_ITSELF)
            outcome = failure(child)
            _write(row, outcome)
            suite.count([outcome])
            return self._repeats.place((suite.path, SUITE_ITSELF), [row])
        return []

    def _cut_off(self, suite: Suite, last: Any) -> list[Item]:
        """The file ends inside `last`: without a failure it must not pass as a passed test."""
        if last.tag != self._case_tag:
            return []
        suite.cases += 1
        row, key = _row(suite, last)
        self._rare(row, last)
        rows = self._attempts(suite, last, row)
        if any(made.status in FAILING for made in rows):
            return [*self._repeats.place(key, rows)]
        reason = "the file ends inside this test case: its outcome is not known"
        return [Reject(position=last.sourceline, reason=reason, excerpt=excerpt(row.name))]


def _title(suite: Suite, name: str) -> tuple[str, tuple[Pair, ...]]:
    """A name without the tags in it, and the tags: all of a title of Playwright, else what is surely a tag."""
    if suite.project is None:
        return split_known(name) if "@" in name or "[" in name else (name, ())
    return split_title(name.removeprefix(f"[{suite.project}] ") if suite.project else name)


def _row(suite: Suite, case: Any) -> tuple[TestAttempt, int]:
    """What the usual attributes say; most cases have nothing else.

    With a hash of what repetitions of a test have in common: of many tests it is kept.
    """
    get, blank = case.get, suite.blank
    name, file, class_name = get("name"), get("file"), get("classname") or None
    params, tags = None, blank.tags_json
    if name is None or len(name) > _SHORT or not name.isidentifier():
        title, in_title = _title(suite, name or "")
        name, params = split_name(title)
        if in_title:
            tags = tags_json(*suite.properties, in_title)
    if not file:
        file = blank.file
    elif "\\" in file:
        file = slashed(file)
    row = replace(
        blank,
        name=name,
        params=params,
        class_name=class_name,
        file=file,
        duration_ms=milliseconds(get("time")),
        tags_json=tags,
    )
    return row, hash((blank.environment, blank.suite, file, class_name, name, params))


def _write(row: TestAttempt, outcome: Outcome, attempt: int = 1) -> None:
    row.raw_status, row.status = outcome.raw, outcome.status
    row.message, row.fingerprint = outcome.message, outcome.fingerprint
    row.attempt = attempt
    if outcome.retried:  # the case's own duration is that of the attempt that counts
        row.duration_ms = milliseconds(outcome.time)


SOURCE = Source(
    name="junit",
    family="ci",
    tables=(TestAttempt,),
    glob=("*.xml",),
    parse=parse,
    landed=False,
    marks=(b"<testsuite", b":testsuite"),
)
