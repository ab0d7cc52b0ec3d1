"""Lcov tracefiles: geninfo of lcov 1.x and 2.x, llvm-cov, Istanbul, coverlet, coverage.py, grcov, Dart.

A file may have several records: one for each test (TN) or each report that was put together. What ran in
one of them ran. Counts come from the lines; LF, LH, FNF, FNH, BRF and BRH are cross-checks only.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from ingest.ci.lcov_record import Line, Record
from ingest.ci.line_states import MOST_BYTES, Budget, LineStates
from ingest.ci.points import Points
from ingest.ci.test_names import slashed
from ingest.files.blocks import blocks_of
from ingest.files.sniff import looks_like
from ingest.privacy import excerpt
from ingest.records import FileCoverage
from ingest.source import HEAD, Context, FormatError, Item, Reject, Source, Warn

WANTED = "an lcov tracefile (SF, DA and end_of_record lines)"

MOST_RECORD = 64 << 20
"""Bytes of one record: that of a file with a million lines has some 30 MB."""

# Some writers have a blank behind it; a last line without a line end is whole, too.
_END = re.compile(rb"^end_of_record[ \t\r]*\n", re.MULTILINE)
_SOURCE = re.compile(rb"^SF:(.*)", re.MULTILINE)


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """A FileCoverage per source file; FormatError for text without a single record."""
    reader = _Reader()
    try:
        for first, text, ended in _records(stream):
            yield from reader.take(first, text, ended=ended)
    except MemoryError:
        raise FormatError(f"lines and branches that fill more than {MOST_BYTES} bytes") from None
    yield from reader.rows(context)


def _records(stream: BinaryIO) -> Iterator[tuple[int, bytes, bool]]:
    """Number of the first line, text, and whether an end_of_record was there."""
    pending: list[bytes] = []
    size, first = 0, 1
    for block in blocks_of(stream):
        data = block.data.removeprefix(b"\xef\xbb\xbf") if block.first == 1 else block.data
        *ended, rest = _END.split(data)
        for part in ended:
            text = b"".join((*pending, part))
            pending, size = [], 0
            yield first, text, True
            first += text.count(b"\n") + 1
        pending.append(rest)
        size += len(rest)
        if size > MOST_RECORD:
            raise FormatError(f"no end_of_record in {MOST_RECORD >> 20} MB; expected {WANTED}")
    yield first, b"".join(pending), False


class _File:
    """What all records say of one file."""

    def __init__(self, budget: Budget) -> None:
        self.lines = LineStates(None, budget)
        self.branches = Points(budget)
        self.functions = Points(budget)


class _Reader:
    def __init__(self) -> None:
        self._files: dict[str, _File] = {}
        self._spoilt: set[str] = set()
        """Files of which some record is not whole: nothing is known of them."""
        self._budget = Budget()
        self._differ: Counter[str] = Counter()
        self._first_difference: dict[str, str] = {}
        self._unknown: list[Line] = []
        self._unknown_count = 0
        self._head = b""
        self._incomplete = False

    def take(self, first: int, text: bytes, *, ended: bool) -> Iterator[Reject]:
        """What stands up to an end_of_record, or behind the last one."""
        self._head = self._head or text[:HEAD]
        found = list(_SOURCE.finditer(text))
        whole = found.pop() if found and ended else None
        for source in found:
            name = _path(source[1])
            self._spoilt.add(name)
            yield Reject(
                position=first + text.count(b"\n", 0, source.start()),
                reason="a record without its end_of_record: nothing is known of its file",
                excerpt=excerpt(name),
            )
        self._incomplete = not ended and bool(found or text.strip())
        if whole:
            # Names of tests and comments may stand before it.
            first += text.count(b"\n", 0, whole.start())
            yield from self._record(first, text[whole.start() :], _path(whole[1]))
        elif ended:
            yield Reject(position=first, reason="a record without a file (SF)")

    def rows(self, context: Context) -> Iterator[Item]:
        """One row per file, then what differs from the totals of the records."""
        files = {n: file for n, file in self._files.items() if n not in self._spoilt}
        if not self._files and not self._spoilt:
            raise FormatError(f"the file looks like {looks_like(self._head)}; expected {WANTED}")
        # A report without a single one does not measure them: unknown, not 0 of 0.
        has_lines = any(file.lines.lines_total for file in files.values())
        has_branches = any(file.branches.total for file in files.values())
        has_functions = any(file.functions.total for file in files.values())
        for name, file in files.items():
            yield FileCoverage(
                day=context.folder_day,  # the report does not say when
                format=SOURCE.name,
                report=context.name or None,
                file=name,
                lines_covered=file.lines.lines_covered if has_lines else None,
                lines_total=file.lines.lines_total if has_lines else None,
                branches_covered=file.branches.covered if has_branches else None,
                branches_total=file.branches.total if has_branches else None,
                functions_covered=file.functions.covered if has_functions else None,
                functions_total=file.functions.total if has_functions else None,
            )
        if self._incomplete:
            reason = "the report is cut off: files after that are missing"
            yield Reject(position=None, reason=reason)
        for note in self._notes():
            yield Warn(reason=note)

    def _record(self, first: int, text: bytes, name: str) -> Iterator[Reject]:
        if not name:
            yield Reject(position=first, reason="a record with an empty path (SF)")
            return
        record = Record()
        yield from record.read(text, first)
        file = self._files.get(name)
        if file is None:
            file = self._files[name] = _File(self._budget)
        file.lines.lines(record.numbers, record.ran)
        file.branches.add(record.branches)
        file.functions.add(record.functions)
        self._unknown_count += len(record.unknown)
        self._unknown = self._unknown or record.unknown[:1]
        counted = record.counted()
        for total, stated in record.stated.items():
            if stated != counted[total]:
                self._differ[total] += 1
                said = f"{excerpt(name)} states {total}={stated}, its lines give {counted[total]}"
                self._first_difference.setdefault(total, said)

    def _notes(self) -> Iterator[str]:
        for line in self._unknown:
            text = excerpt(line.text[:1200].decode("utf-8", "replace"))
            yield f"{self._unknown_count} lines are not lcov's, the first is line {line.number}: {text}"
        for total, said in self._first_difference.items():
            yield f"counts differ in {self._differ[total]} records for {total}, the first: {said}"


def _path(text: bytes) -> str:
    path = slashed(text.decode("utf-8", "replace").strip()) or ""
    return path.removeprefix("./")


SOURCE = Source(
    name="lcov",
    family="ci",
    tables=(FileCoverage,),
    glob=("*.info", "*.lcov", "lcov.*"),
    parse=parse,
    landed=False,
    marks=(b"SF:",),
)
