"""Clover XML: OpenClover and Atlassian Clover, PHPUnit, Istanbul (nyc, Jest, Vitest), gcovr.

Lines are the lines on which a statement stands. A file's <metrics> are a cross-check, and used only where
a file has no line of a kind: Istanbul writes no methods, PHPUnit no branches, OpenClover no lines at all
without `srclevel`. Their *statements* are compared; `elements` are statements, branches and methods in one.
<testproject> is the code of the tests: OpenClover does not count it to the project, nor do we.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO

from ingest.ci.clover_file import File, Metrics, Pair, has_lines, metrics_of
from ingest.ci.line_states import MOST_BYTES, Budget
from ingest.ci.moments import Moment, moment
from ingest.ci.test_names import slashed
from ingest.files.xml_stream import XmlStream
from ingest.privacy import excerpt
from ingest.records import FileCoverage
from ingest.source import Context, FormatError, Item, Reject, Source, Warn

WANTED = "a Clover report (<coverage> with a project and files)"

_ROOT = ("clover", "generated")  # PHPUnit has the second only


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """A FileCoverage per file of the project; FormatError for the reports of other coverage tools."""
    report = XmlStream(stream, wanted=WANTED, roots=("coverage",))
    if report.namespace or not any(name in report.attributes for name in _ROOT):
        raise FormatError(f"the root element is <coverage> of another tool; expected {WANTED}")
    reader = _Reader(report)
    tags = ("project", "testproject", "package", "file", "metrics")
    try:
        for event, element in report.events(*tags):
            if event == "start":
                reader.open(element)
            elif event == "end":
                yield from reader.close(element)
    except MemoryError:
        raise FormatError(f"line numbers that fill more than {MOST_BYTES} bytes") from None
    yield from reader.rows(context)


class _Reader:
    def __init__(self, report: XmlStream) -> None:
        self._report = report
        self._files: dict[str, File] = {}
        self._budget = Budget()
        self._package: str | None = None
        self._of_tests = False
        self._test_files = 0
        self._stamp: str | None = report.attributes.get("generated")
        self._stated: Metrics | None = None
        self._has_project = False

    def open(self, element: Any) -> None:
        """The start of an element."""
        tag = self._tag(element)
        if tag == "package":
            self._package = element.get("name") or None
        elif tag == "testproject":
            self._of_tests = True
        elif tag == "project":
            self._has_project = True
            # When coverage was recorded; the root says when the report was made.
            self._stamp = element.get("timestamp") or self._stamp

    def close(self, element: Any) -> Iterator[Reject]:
        """The end of an element; a file is emptied when it has been read."""
        tag = self._tag(element)
        if tag == "file":
            yield from self._close_file(element)
            element.clear()
        elif tag == "package":
            self._package = None
            element.clear()
        elif tag == "testproject":
            self._of_tests = False
            element.clear()
        elif tag == "metrics" and self._tag(element.getparent()) == "project":
            self._stated = metrics_of(element)

    def rows(self, context: Context) -> Iterator[Item]:
        """One row per file, then what differs from the project's metrics."""
        if not self._has_project and not self._files:
            raise FormatError(f"<coverage> holds no project; expected {WANTED}")
        files = self._files
        when = moment(self._stamp, context) or Moment(context.folder_day)
        # A report without a single one does not measure them: unknown, not 0 of 0.
        has_lines = any(file.lines[1] for file in files.values())
        has_branches = any(file.branches[1] for file in files.values())
        has_functions = any(file.functions[1] for file in files.values())
        for name, file in files.items():
            lines, branches, functions = file.lines, file.branches, file.functions
            yield FileCoverage(
                day=when.day,
                format=SOURCE.name,
                report=context.name or None,
                component=file.component,
                file=name,
                lines_covered=lines[0] if has_lines else None,
                lines_total=lines[1] if has_lines else None,
                branches_covered=branches[0] if has_branches else None,
                branches_total=branches[1] if has_branches else None,
                functions_covered=functions[0] if has_functions else None,
                functions_total=functions[1] if has_functions else None,
                measured_at=when.at,
            )
        if self._report.incomplete:
            reason = f"{self._report.ending}: files after that are missing"
            yield Reject(position=None, reason=reason)
        for note in chain(self._report.notes, self._notes()):
            yield Warn(reason=note, partial=self._report.damaged)

    def _tag(self, element: Any) -> str:
        return "" if element is None else str(element.tag.removeprefix(self._report.namespace))

    def _close_file(self, element: Any) -> Iterator[Reject]:
        name = _path(element)
        if self._of_tests:
            self._test_files += has_lines(element)  # gcovr writes an empty one
            return
        if name is None:
            yield Reject(position=element.sourceline, reason="a file without a path")
            return
        if self._report.cut_inside:
            self._files.pop(name, None)
            reason = "the report ends inside this file: nothing is known of it"
            yield Reject(position=element.sourceline, reason=reason, excerpt=excerpt(name))
            return
        file = self._files.get(name)
        if file is None:
            file = self._files[name] = File(self._package, self._budget)
        yield from file.read(element)

    def _notes(self) -> Iterator[str]:
        if self._test_files:
            yield f"{self._test_files} files of the tests themselves (<testproject>) are not counted"
        if not self._files:
            yield "the report holds no files"
            return
        if self._stated is None:
            return
        files = self._files.values()
        counted = {
            "statements": _sum([f.statements for f in files]),
            "conditionals": _sum([f.branches for f in files]),
        }
        for kind, pair in counted.items():
            stated: Pair | None = getattr(self._stated, kind)
            if stated is not None and stated != pair:
                yield (
                    f"counts differ: the project states {stated[0]} of {stated[1]} {kind}, "
                    f"the files give {pair[0]} of {pair[1]}"
                )


def _path(element: Any) -> str | None:
    """Istanbul and OpenClover have the bare name beside the path, PHPUnit the path as name."""
    path = slashed((element.get("path") or "").strip() or (element.get("name") or "").strip())
    return path.removeprefix("./") if path else None


def _sum(pairs: list[Pair]) -> Pair:
    return sum(covered for covered, _ in pairs), sum(total for _, total in pairs)


SOURCE = Source(
    name="clover",
    family="ci",
    tables=(FileCoverage,),
    glob=("*.xml",),
    parse=parse,
    landed=False,
    marks=(b" clover=", b"coveredstatements=", b"<coverage generated="),
)
