"""Cobertura XML, as coverage.py, coverlet, gcovr, Istanbul and many others write it.

Counts come from the lines: the totals at the root are rounded or wrong in some tools and serve as a
cross-check only. Percentages are SQL's work.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from math import isfinite
from typing import Any, BinaryIO

from lxml import etree

from ingest.ci.line_states import MOST_BYTES, Budget, LineStates
from ingest.ci.moments import Moment, moment
from ingest.ci.test_names import slashed
from ingest.files.xml_stream import XmlStream
from ingest.privacy import excerpt
from ingest.records import FileCoverage
from ingest.source import Context, FormatError, Item, Reject, Source, Warn

WANTED = "a Cobertura report (<coverage> with packages and classes)"

_BRANCHES = re.compile(r"\((\d{1,9})/(\d{1,9})\)")
# Lines are most of a report: libxml2 collects their attributes five times faster than Python asks.
_NUMBERS = etree.XPath("*/@number", smart_strings=False)
_HITS = etree.XPath("*/@hits", smart_strings=False)
_BRANCH_WORDS = etree.XPath("*/@branch", smart_strings=False)
_HOW_MANY_WORDS = etree.XPath("count(*/@branch)")
_WITH_CONDITIONS = etree.XPath("*/@condition-coverage/..")
_ABSOLUTE = re.compile(r"/|[A-Za-z]:")
_CLOVER = ("clover", "generated")  # PHPUnit's Clover has the second only


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """A FileCoverage per source file; FormatError for the reports of other coverage tools."""
    report = XmlStream(stream, wanted=WANTED, roots=("coverage",))
    if any(name in report.attributes for name in _CLOVER):
        raise FormatError(f"the root element is <coverage> of a Clover report; expected {WANTED}")
    reader = _Reader(report)
    for event, element in report.events("source", "package", "class"):
        if event != "chunk":
            yield from reader.take(event, element)
    yield from reader.rows(context)


class _Reader:
    """The files of a report: classes of one file may stand anywhere in it."""

    def __init__(self, report: XmlStream) -> None:
        self._report = report
        self._files: dict[str, LineStates] = {}
        self._budget = Budget()
        self._package: str | None = None
        self._sources: list[str] = []
        self._unclear = 0

    def take(self, event: str, element: Any) -> Iterator[Reject]:
        """One event of the stream; an element is emptied when it has been read."""
        tag = element.tag.removeprefix(self._report.namespace)
        if event == "start":
            if tag == "package":
                self._package = element.get("name") or None
            return
        if tag == "class":
            try:
                yield from self._class(element)
                if self._report.cut_inside:
                    yield self._cut_off(element)
            except MemoryError:
                raise FormatError(f"line numbers that fill more than {MOST_BYTES} bytes") from None
        elif tag == "source":
            self._sources.append((element.text or "").strip())
        element.clear()

    def rows(self, context: Context) -> Iterator[Item]:
        """One row per file, then what differs from the totals at the root."""
        files, attributes = self._files, self._report.attributes
        if not files and "line-rate" not in attributes:
            raise FormatError(f"<coverage> holds no class; expected {WANTED}")
        # A report without a single one does not measure them: unknown, not 0 of 0.
        has_branches = any(states.branches_total for states in files.values())
        has_functions = any(states.functions for states in files.values())
        when = moment(attributes.get("timestamp"), context) or Moment(context.folder_day)
        prefix = self._prefix()
        for name, states in files.items():
            yield FileCoverage(
                day=when.day,
                format=SOURCE.name,
                report=context.name or None,
                component=states.component,
                file=name if _ABSOLUTE.match(name) else prefix + name,
                lines_covered=states.lines_covered,
                lines_total=states.lines_total,
                branches_covered=states.branches_covered if has_branches else None,
                branches_total=states.branches_total if has_branches else None,
                functions_covered=states.functions_covered if has_functions else None,
                functions_total=states.functions if has_functions else None,
                measured_at=when.at,
            )
        if self._report.incomplete:
            yield Reject(
                position=None, reason=f"{self._report.ending}: files after that are missing"
            )
        for note in (*self._report.notes, *self._notes()):
            yield Warn(reason=note, partial=self._report.damaged)

    def _class(self, element: Any) -> Iterator[Reject]:
        name = _path(element.get("filename"))
        if name is None:
            text = excerpt(element.get("name") or "")
            yield Reject(
                position=element.sourceline, reason="a class without a file name", excerpt=text
            )
            return
        states = self._files.get(name)
        if states is None:
            states = self._files[name] = LineStates(self._package, self._budget)
        methods = list(element.iterchildren("{*}methods"))
        blocks = [block for block in element.iterchildren("{*}lines") if len(block)]
        # Swift's writer puts lines into methods only; elsewhere those repeat the class's.
        if not blocks:
            blocks = [block for found in methods for block in found.iterdescendants("{*}lines")]
        for block in blocks:
            yield from self._lines(block, states)
        for found in methods:
            for method in found:
                states.function(covered=_ran(method))

    def _cut_off(self, element: Any) -> Reject:
        """The report ends inside this class: its file's lines are not all there, so none count."""
        name = _path(element.get("filename")) or ""
        self._files.pop(name, None)
        return Reject(
            position=element.sourceline,
            reason="the report ends inside this class: nothing is known of its file",
            excerpt=excerpt(name),
        )

    def _lines(self, block: Any, states: LineStates) -> Iterator[Reject]:
        """All lines of a class at once where they are as they should be, else one by one."""
        numbers, hits = _NUMBERS(block), _HITS(block)
        digits = "".join(hits)
        if len(numbers) == len(hits) == len(block) and digits.isascii() and digits.isdigit():
            try:
                states.lines(list(map(int, numbers)), [text != "0" for text in hits])
            except (ValueError, IndexError):
                yield from _one_by_one(block, states)
        else:
            yield from _one_by_one(block, states)
        self._branches(block, states)

    def _branches(self, block: Any, states: LineStates) -> None:
        known = 0
        for line in _WITH_CONDITIONS(block):
            found = _branches_of(line.get("condition-coverage"))
            number = line.get("number") or ""
            if found and number.isascii() and number.isdigit():
                known += 1
                states.branches(int(number), found)
        if _HOW_MANY_WORDS(block) > known:
            words = _BRANCH_WORDS(block)
            self._unclear += max(words.count("true") + words.count("True") - known, 0)

    def _prefix(self) -> str:
        """A single relative source root is part of the path (gcovr: `src/`)."""
        places = [place for place in self._sources if place.strip("./") and place[:2] != "--"]
        if len(places) != 1 or _ABSOLUTE.match(place := slashed(places[0]) or ""):
            return ""
        return place.removeprefix("./").rstrip("/") + "/"

    def _notes(self) -> Iterator[str]:
        if self._unclear:
            yield f"{self._unclear} lines have branches, but not how many: none counted there"
        if not self._files:
            yield "the report holds no classes"
            return
        counted = {
            "lines-valid": sum(states.lines_total for states in self._files.values()),
            "lines-covered": sum(states.lines_covered for states in self._files.values()),
            "branches-valid": sum(states.branches_total for states in self._files.values()),
            "branches-covered": sum(states.branches_covered for states in self._files.values()),
        }
        for name, count in counted.items():
            stated = _number(self._report.attributes.get(name))
            if stated is not None and stated != count:
                yield f"counts differ: the root states {name}={stated:g}, the lines give {count}"


# A report says `50% (1/2)` over and over.
@lru_cache(maxsize=1024)
def _branches_of(text: str) -> tuple[int, int] | None:
    """(covered, total) of a condition; no more covered than there are."""
    found = _BRANCHES.search(text)
    return (min(int(found[1]), int(found[2])), int(found[2])) if found else None


def _one_by_one(block: Any, states: LineStates) -> Iterator[Reject]:
    for line in block.iterchildren("*"):
        number, hits = line.get("number"), line.get("hits")
        try:
            # Hits come as `1.0` or below zero, too; all that counts is whether there are any.
            states.lines([int(number)], [float(hits) > 0])
        except (TypeError, ValueError, IndexError):
            reason = "a line without a usable number and hits"
            text = excerpt(f"number={number} hits={hits}")
            yield Reject(position=line.sourceline, reason=reason, excerpt=text)


def _path(text: str | None) -> str | None:
    path = slashed(text.strip()) if text else None
    return path.removeprefix("./") if path else None


def _ran(method: Any) -> bool:
    hits = method.get("hits")  # Istanbul counts the calls
    if hits is not None:
        return (_number(hits) or 0) > 0
    lines = method.iterdescendants("{*}line")
    return any((_number(line.get("hits")) or 0) > 0 for line in lines)


def _number(text: str | None) -> float | None:
    """A count as tools write it: `12`, `1.0`, `NaN`."""
    try:
        value = float(text) if text else None
    except ValueError:
        return None
    return value if value is not None and isfinite(value) else None


SOURCE = Source(
    name="cobertura",
    family="ci",
    tables=(FileCoverage,),
    glob=("*.xml",),
    parse=parse,
    landed=False,
    marks=(b"line-rate=",),
)
