"""JaCoCo XML, as JaCoCo itself, Kover and Pester write it.

Counts are those of each source file's counters: JaCoCo has made them of its lines, methods and
classes. Their sums are checked against the counters of the whole report.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from ingest.ci.moments import Moment, moment
from ingest.ci.test_names import slashed
from ingest.files.xml_stream import XmlStream
from ingest.privacy import excerpt
from ingest.records import FileCoverage
from ingest.sightings import Sightings
from ingest.source import Context, FormatError, Item, Reject, Source, Warn

WANTED = "a JaCoCo report (<report> with packages and source files)"

MOST_FILES = 200_000
"""Of one report: they are held in memory until its end."""

# JaCoCo's words for what we count; it has two more of its own, INSTRUCTION and COMPLEXITY.
_KINDS = ("LINE", "BRANCH", "METHOD")
_LONGEST_COUNT = 9  # digits

Counts = dict[str, tuple[int, int]]
"""Covered and total by kind; a kind of which there is nothing, or nothing known, is left out."""


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """A FileCoverage per source file; FormatError for XML that is no JaCoCo report."""
    report = XmlStream(stream, wanted=WANTED, roots=("report",))
    reader = _Reader(report)
    for event, element in report.events("sessioninfo", "package", "class", "sourcefile", "report"):
        if event == "end":
            yield from reader.take(element)
        elif event == "start":
            reader.open(element)
    yield from reader.rows(context)


class _Package:
    """What an open package has shown."""

    def __init__(self, name: str | None) -> None:
        self.name = name or ""
        self.files: set[str] = set()
        self.classes: dict[str, Counts] = {}
        """Sums over the classes by the source file they name."""
        self.unnamed = Sightings()
        """Classes that name no source file: JaCoCo before 0.8.2, or no debug information."""


class _Reader:
    """The files of a report: with modules, one path may stand in several of its groups."""

    def __init__(self, report: XmlStream) -> None:
        self._report = report
        self._package = _Package(None)
        self._files: dict[str, tuple[str, Counts]] = {}
        self._again = 0
        self._stated: Counts = {}
        self._dumped: str | None = None
        self._is_jacoco = False

    def open(self, element: Any) -> None:
        """The start of an element."""
        if self._tag(element) == "package":
            self._package = _Package(element.get("name"))
            self._is_jacoco = True

    def take(self, element: Any) -> Iterator[Reject]:
        """The end of an element, which is emptied when it has been read."""
        tag = self._tag(element)
        if self._report.cut_inside:
            yield from self._cut_off(tag, element)
        elif tag == "sourcefile":
            yield from self._source_file(element)
        elif tag == "class":
            self._class(element)
        elif tag == "package":
            yield from self._close_package(element)
        elif tag == "sessioninfo":
            self._is_jacoco = True
            self._dumped = max(element.get("dump") or "", self._dumped or "")
        else:
            self._close_report(element)
        element.clear()

    def rows(self, context: Context) -> Iterator[Item]:
        """One row per file, then what differs from the report's own counters."""
        when = moment(self._dumped, context) or Moment(context.folder_day)
        # A tool that measures no branches (Pester) has none in any file; JaCoCo leaves out zeros.
        no_branches = (
            (0, 0) if any("BRANCH" in found for _, found in self._files.values()) else None
        )
        for name, (package, counts) in self._files.items():
            lines, functions = counts.get("LINE"), counts.get("METHOD")
            branches = counts.get("BRANCH", no_branches)
            yield FileCoverage(
                day=when.day,
                format=SOURCE.name,
                report=context.name or None,
                component=slashed(package),
                file=name,
                lines_covered=lines and lines[0],
                lines_total=lines and lines[1],
                branches_covered=branches and branches[0],
                branches_total=branches and branches[1],
                functions_covered=functions and functions[0],
                functions_total=functions and functions[1],
                measured_at=when.at,
            )
        if self._report.incomplete:
            reason = f"{self._report.ending}: files after that are missing"
            yield Reject(position=None, reason=reason)
        for note in (*self._report.notes, *self._notes()):
            yield Warn(reason=note, partial=self._report.damaged)

    def _tag(self, element: Any) -> str:
        return str(element.tag.removeprefix(self._report.namespace))

    def _source_file(self, element: Any) -> Iterator[Reject]:
        name = element.get("name")
        if not name:
            yield Reject(position=element.sourceline, reason="a source file without a name")
            return
        self._package.files.add(name)
        self._add(name, _counts(element))

    def _class(self, element: Any) -> None:
        package, name = self._package, element.get("sourcefilename")
        if not name:
            package.unnamed.see(element.get("name") or "")
            return
        _keep_within(len(package.classes))
        package.classes[name] = _sum(package.classes.get(name, {}), _counts(element))

    def _close_package(self, element: Any) -> Iterator[Reject]:
        package = self._package
        for name, counts in package.classes.items():
            if name not in package.files:  # a report without source files, or with some
                self._add(name, counts)
        if package.unnamed.count and (package.classes or not package.files):
            yield Reject(
                position=element.sourceline,
                reason=f"{package.unnamed.count} classes without a source file: nothing is known "
                "of their files (compiled without debug information?)",
                excerpt=excerpt(package.unnamed.first),
            )

    def _close_report(self, element: Any) -> None:
        first = next(element.iterchildren("*"), None)  # JaCoCo writes none if it was given nothing
        if not self._is_jacoco and first is not None and element.find("{*}counter") is None:
            found = f"<report> holds <{self._tag(first)}>"
            raise FormatError(f"{found}, but no packages; expected {WANTED}")
        self._stated = _counts(element)

    def _add(self, name: str, counts: Counts) -> None:
        path = self._path(name)
        known = self._files.get(path)
        if known:
            self._again += 1
            counts = _sum(known[1], counts)
        _keep_within(len(self._files))
        self._files[path] = (self._package.name, counts)

    def _path(self, name: str) -> str:
        package = self._package.name
        return slashed(f"{package}/{name}" if package else name) or ""

    def _cut_off(self, tag: str, element: Any) -> Iterator[Reject]:
        """The report ends inside this element: its counters are not all there, so none count."""
        if tag == "sourcefile":
            path = self._path(element.get("name") or "")
            self._files.pop(path, None)
            reason = "the report ends inside this source file: nothing is known of it"
            yield Reject(position=element.sourceline, reason=reason, excerpt=excerpt(path))

    def _notes(self) -> Iterator[str]:
        if self._again:
            yield (
                f"{self._again} source files have the path of another one (in another group): "
                "their counts were added up"
            )
        if not self._files:
            yield "the report holds no source files"
            return
        counted: Counts = {}
        for _, counts in self._files.values():
            counted = _sum(counted, counts)
        for kind, stated in self._stated.items():
            found = counted.get(kind, (0, 0))
            if stated != found:
                yield (
                    f"counts differ: the report states {stated[0]} of {stated[1]} for {kind}, "
                    f"the source files give {found[0]} of {found[1]}"
                )


def _keep_within(files: int) -> None:
    if files > MOST_FILES:
        raise FormatError(f"more than {MOST_FILES:,} source files, the limit of one report")


def _counts(element: Any) -> Counts:
    """The counters that stand directly in an element: behind its lines and methods."""
    found: Counts = {}
    for child in element.iterchildren("*", reversed=True):
        kind = child.get("type")
        if kind is None:
            break
        if kind in _KINDS:
            covered, missed = child.get("covered") or "", child.get("missed") or ""
            if _is_count(covered) and _is_count(missed):
                found[kind] = (int(covered), int(covered) + int(missed))
    return found


def _is_count(text: str) -> bool:
    return len(text) <= _LONGEST_COUNT and text.isascii() and text.isdigit()


def _sum(one: Counts, other: Counts) -> Counts:
    total = dict(one)
    for kind, (covered, of) in other.items():
        before = total.get(kind, (0, 0))
        total[kind] = (before[0] + covered, before[1] + of)
    return total


SOURCE = Source(
    name="jacoco",
    family="ci",
    tables=(FileCoverage,),
    glob=("*.xml",),
    parse=parse,
    landed=False,
    marks=(b"//JACOCO//DTD", b"<sessioninfo ", b"sourcefilename=", b"<counter type="),
)
