"""coverage.py's JSON report (`coverage json`), formats 1 to 3: coverage.py 5.0 to 7.x, and pytest-cov's.

With `--show-contexts` it says which test ran a line: each test and file gives a TestCoverage. A context is
one if the report was made with `dynamic_context = test_function` (coverage.py's own, `tests.test_a.test_x`)
or with pytest-cov's `--cov-context=test` (`tests/test_a.py::test_x|run`, whose setup, run and teardown are
one test here). What ran outside of all tests, as imports do, has the empty context and is no test: in a file
that tests ran its lines stand under the empty name, since a run of any one test would run them, too.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, TypeVar

import msgspec

from ingest.ci.coverage_py_file import Counts, Summary, read_file
from ingest.ci.moments import Moment, moment
from ingest.ci.test_names import slashed, stable
from ingest.files.json_members import read_members
from ingest.privacy import excerpt
from ingest.records import FileCoverage, TestCoverage
from ingest.sightings import Sightings
from ingest.source import Context, FormatError, Item, Reject, Source, Warn

WANTED = "a coverage.py JSON report (members meta, files and totals)"

MOST_NAMES = 100_000
"""Contexts whose tests are remembered: each line names them anew."""

_T = TypeVar("_T")
_PHASE = re.compile(r"\|(?:setup|run|teardown)\Z")


class _Meta(msgspec.Struct):
    timestamp: str | None = None  # local time without a zone


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """A FileCoverage per file, behind each its TestCoverages; FormatError for other JSON."""
    members = read_members(stream, WANTED)
    if "meta" not in members or "files" not in members:
        keys = excerpt(", ".join(list(members)[:6]))
        raise FormatError(f"the file is JSON with the keys {keys}; expected {WANTED}")
    try:
        files = msgspec.json.decode(members["files"], type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        raise FormatError(f"its member `files` is no object; expected {WANTED}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:  # of a path: else it is a file's
        raise FormatError(f"the JSON cannot be read ({error}); expected {WANTED}") from None
    meta, total = _decoded(members["meta"], _Meta), _decoded(members.get("totals"), Summary)
    when = moment(meta.timestamp, context) if meta else None
    reader = _Reader(context, when or Moment(context.folder_day))
    for number, (name, text) in enumerate(files.items(), 1):
        yield from reader.take(number, name, text)
    yield from reader.finish(total)


class _Reader:
    def __init__(self, context: Context, when: Moment) -> None:
        self._report = context.name or None
        self._when = when
        self._seen: set[str] = set()
        self._tests: dict[str, str | None] = {}
        self._lines = self._branches = (0, 0)
        self._differ = Sightings()

    def take(self, number: int, name: str, text: msgspec.Raw) -> Iterator[Item]:
        """One file of the report."""
        path = (slashed(name) or "").removeprefix("./")
        counts: Counts | str
        if not path or path in self._seen:
            counts = "the path stands twice in the report" if path else "a file without a path"
        else:
            counts = read_file(text, self._test_of)
        if isinstance(counts, str):
            yield Reject(position=number, reason=counts, excerpt=excerpt(name))
            return
        self._seen.add(path)
        self._compare(path, counts)
        lines, branches, functions, tests, _ = counts
        yield FileCoverage(
            day=self._when.day,
            format=SOURCE.name,
            report=self._report,
            file=path,
            lines_covered=lines[0],
            lines_total=lines[1],
            branches_covered=branches and branches[0],
            branches_total=branches and branches[1],
            functions_covered=functions and functions[0],
            functions_total=functions and functions[1],
            measured_at=self._when.at,
        )
        for test, ran in tests.items():
            yield TestCoverage(
                day=self._when.day,
                report=self._report,
                test=test,
                file=path,
                lines_covered=ran.lines,
                line_runs=ran.runs,
            )

    def finish(self, total: Summary | None) -> Iterator[Warn]:
        """What differs from the totals of the files and of the report."""
        if not self._seen:
            yield Warn(reason="the report holds no files")
        if self._differ.count:
            yield Warn(
                reason=f"counts differ in {self._differ.count} files, the first: {self._differ.first}"
            )
        elif total and (said := _differing(total, self._lines, self._branches)):
            yield Warn(reason=f"counts differ: the totals state {said}")

    def _compare(self, path: str, counts: Counts) -> None:
        branches = counts.branches or (0, 0)
        self._lines = _sum(self._lines, counts.lines)
        self._branches = _sum(self._branches, branches)
        if counts.stated and (said := _differing(counts.stated, counts.lines, branches)):
            self._differ.see(f"{excerpt(path)} states {said}")

    def _test_of(self, name: str) -> str | None:
        try:
            return self._tests[name]
        except KeyError:
            test = stable(_PHASE.sub("", name)) or None
            if len(self._tests) < MOST_NAMES:
                self._tests[name] = test
            return test


def _differing(stated: Summary, lines: tuple[int, int], branches: tuple[int, int]) -> str | None:
    """In words, the first total that is not what the lines give."""
    for name, said, counted in (
        ("covered_lines", stated.covered_lines, lines[0]),
        ("num_statements", stated.num_statements, lines[1]),
        ("covered_branches", stated.covered_branches, branches[0]),
        ("num_branches", stated.num_branches, branches[1]),
    ):
        if said is not None and said != counted:
            return f"{name}={said}, the lines give {counted}"
    return None


def _sum(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] + other[0], one[1] + other[1]


def _decoded(text: msgspec.Raw | None, kind: type[_T]) -> _T | None:
    try:
        return None if text is None else msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


SOURCE = Source(
    name="coverage_py",
    family="ci",
    tables=(FileCoverage, TestCoverage),
    glob=("*.json",),
    parse=parse,
    version=2,
    landed=False,
    marks=(b'"branch_coverage":', b'"show_contexts":', b'"executed_lines":'),
)
