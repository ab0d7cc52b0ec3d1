"""Istanbul JSON, as nyc, Jest, Vitest, c8 and Karma write it: coverage-final and coverage-summary."""

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from ingest.ci.istanbul_report import WANTED, Counts, File, read_file
from ingest.ci.test_names import slashed
from ingest.files.json_members import read_members
from ingest.privacy import excerpt
from ingest.records import FileCoverage
from ingest.source import Context, FormatError, Item, Reject, Source, Warn

TOTAL = "total"
"""Member of a summary that is no file."""

MOST_STRANGE = 1000
"""Members without a single file among them after which a report is taken for something else."""


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """A FileCoverage per file; FormatError for JSON that is neither of the two reports."""
    members = read_members(stream, WANTED)
    reader = _Reader(context)
    for number, (name, text) in enumerate(members.items(), 1):
        yield from reader.take(number, name, text)
    yield from reader.finish()


class _Reader:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._decoder = msgspec.json.Decoder(File)
        self._seen: set[str] = set()
        self._total: Counts | None = None
        self._sums = dict.fromkeys(Counts._fields, (0, 0))
        self._strange: list[tuple[str, Reject]] = []
        """Held back until a file shows that this is such a report."""

    def take(self, number: int, name: str, text: msgspec.Raw) -> Iterator[Item]:
        """One member of the report."""
        found = read_file(self._decoder, text)
        if isinstance(found, str):
            yield from self._refused(number, name, found)
            return
        file, counts = found
        if name == TOTAL and file.path is None and file.s is None:
            self._total = counts
            return
        path = slashed(file.path or name)
        if path is None or path in self._seen:
            problem = "the path stands twice in the report" if path else "a file without a path"
            yield from self._refused(number, name, problem)
            return
        self._seen.add(path)
        yield from self._held()
        yield self._row(path, counts)

    def finish(self) -> Iterator[Item]:
        """What there is to say about the whole; FormatError if it is no such report."""
        if self._strange and self._total is None:
            raise self._other_format()
        yield from self._held()
        if not self._seen:
            yield Warn(reason="the report holds no files")
        for name, stated in (self._total._asdict() if self._total else {}).items():
            counted = self._sums[name]
            if stated is not None and stated != counted:
                yield Warn(
                    reason=f"counts differ: the total states {stated[0]} of {stated[1]} {name}, "
                    f"the files give {counted[0]} of {counted[1]}"
                )

    def _row(self, path: str, counts: Counts) -> FileCoverage:
        for name, pair in counts._asdict().items():
            before = self._sums[name]
            self._sums[name] = (before[0] + pair[0], before[1] + pair[1]) if pair else before
        lines, branches, functions = counts
        return FileCoverage(
            day=self._context.folder_day,  # the report does not say when
            format=SOURCE.name,
            report=self._context.name or None,
            file=path,
            lines_covered=lines and lines[0],
            lines_total=lines and lines[1],
            branches_covered=branches and branches[0],
            branches_total=branches and branches[1],
            functions_covered=functions and functions[0],
            functions_total=functions and functions[1],
        )

    def _refused(self, number: int, name: str, problem: str) -> Iterator[Reject]:
        reject = Reject(position=number, reason=problem, excerpt=excerpt(name))
        if self._seen:
            yield reject
            return
        self._strange.append((name, reject))
        if len(self._strange) > MOST_STRANGE:
            raise self._other_format()

    def _held(self) -> Iterator[Reject]:
        yield from (reject for _, reject in self._strange)
        self._strange.clear()

    def _other_format(self) -> FormatError:
        keys = excerpt(", ".join(name for name, _ in self._strange[:6]))
        first = self._strange[0][1].reason
        return FormatError(
            f"the file is JSON with the keys {keys} ({first} in the first); expected {WANTED}"
        )


SOURCE = Source(
    name="istanbul",
    family="ci",
    tables=(FileCoverage,),
    glob=("*.json",),
    parse=parse,
    landed=False,
    marks=(b'"statementMap":', b'"pct":'),
)
