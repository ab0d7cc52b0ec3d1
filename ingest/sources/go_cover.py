"""Go cover profiles: `go test -coverprofile` in any mode, `go tool covdata textfmt`, and several of them put together.

A profile knows blocks of statements, not lines. Here lines_total and lines_covered are the *statements* of
its blocks, as `go tool cover` counts them, for three reasons: gofmt puts a statement on a line of its own, so
that statements are what coverage.py, Istanbul and Clover count as lines; the lines that blocks span hold
braces, comments and blank lines besides, which no other format counts, and which would give Go files too much
weight in a component's and a flow's coverage (the mean of files weighted by lines_total); and the percentage
is the one that Go's own tool prints. A Cobertura report made of a profile counts the spanned lines: of one
commit only one of both should come.

The path is an import path (module and package); SQL finds the committed file that has the same ending.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from ingest.ci.line_states import MOST_BYTES, Budget
from ingest.ci.points import Points
from ingest.ci.test_names import slashed
from ingest.files.blocks import Block, blocks_of
from ingest.files.sniff import looks_like
from ingest.privacy import excerpt
from ingest.records import FileCoverage
from ingest.source import HEAD, Context, FormatError, Item, Reject, Source, Warn

WANTED = "a Go cover profile (`mode: set`, `count` or `atomic` in the first line)"

_MODES = (b"mode: set", b"mode: count", b"mode: atomic")
# 5.12,8.22 3: from line and column to line and column, and how many statements.
_BLOCK = re.compile(rb"[0-9]{1,9}\.[0-9]{1,9},[0-9]{1,9}\.[0-9]{1,9} [0-9]{1,7}")


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """A FileCoverage per source file; FormatError for text that does not begin with a mode."""
    reader = _Reader()
    try:
        for block in blocks_of(stream):
            yield from reader.take(block)
        yield from reader.rows(context)
    except MemoryError:
        raise FormatError(f"blocks that fill more than {MOST_BYTES} bytes") from None


class _Reader:
    """The files of a profile: with several packages under test, one may stand anywhere in it."""

    def __init__(self) -> None:
        self._files: dict[bytes, Points] = {}
        self._budget = Budget()
        self._file = b""
        self._found: dict[bytes, bool] = {}
        """Blocks of the file that is being read."""
        self._has_begun = False
        self._cut_inside: bytes | None = None

    def take(self, block: Block) -> Iterator[Reject]:
        """Some thousand lines."""
        lines = block.data.split(b"\n")
        if block.first == 1:
            lines[0] = lines[0].removeprefix(b"\xef\xbb\xbf")
        for number, line in enumerate(lines, block.first):
            found = self._found
            place, _, count = line.rpartition(b" ")
            name, _, key = place.rpartition(b":")
            # The blocks of a file follow each other, and a merged profile repeats them.
            if name == self._file and key in found and count.isdigit():
                found[key] = found[key] or count.strip(b"0") != b""
            elif line and not line.isspace():
                yield from self._line(number, line.rstrip(), ended=block.ended)

    def rows(self, context: Context) -> Iterator[Item]:
        """One row per file, then what does not fit together."""
        if not self._has_begun:
            raise FormatError(f"the file is empty; expected {WANTED}")
        self._close(b"")
        if self._cut_inside is not None:
            self._files.pop(self._cut_inside, None)
        if not self._files:
            yield Warn(reason="the profile holds no blocks")
        unsure = 0
        for file, points in self._files.items():
            covered, total, doubtful = _statements(points)
            unsure += doubtful
            name = slashed(file.decode("utf-8", "replace")) or ""
            package, _, _ = name.rpartition("/")
            yield FileCoverage(
                day=context.folder_day,  # a profile does not say when
                format=SOURCE.name,
                report=context.name or None,
                component=package or None,
                file=name.removeprefix("./"),
                lines_covered=covered,
                lines_total=total,
            )
        if unsure:
            yield Warn(
                reason=f"{unsure} blocks have two numbers of statements, the larger counts: "
                "profiles of different builds?"
            )

    def _line(self, number: int, line: bytes, *, ended: bool) -> Iterator[Reject]:
        """A line that is no block of the open file that was seen before."""
        if not self._has_begun:
            if not line.startswith(_MODES):
                found = looks_like(line[:HEAD])
                raise FormatError(f"the file looks like {found}; expected {WANTED}")
            self._has_begun = True
        elif not line.startswith(b"mode: "):
            place, _, count = line.rpartition(b" ")
            name, _, key = place.rpartition(b":")
            if name and _BLOCK.fullmatch(key) and count.isdigit():
                if name != self._file:
                    self._close(name)
                ran = count.strip(b"0") != b""
                self._found[key] = self._found.get(key, False) or ran
            elif ended:
                yield _reject(number, line)
            else:
                yield from self._cut_off(number, line)

    def _cut_off(self, number: int, line: bytes) -> Iterator[Reject]:
        """The profile ends inside a line: not all blocks of its file are there, so none count."""
        name, colon, _ = line.rpartition(b":")
        self._cut_inside = name if colon else self._file
        yield _reject(number, line)
        yield Reject(
            position=None,
            reason="the profile is cut off: blocks after that are missing, nothing is known of its last file",
            excerpt=excerpt(self._cut_inside[:1200].decode("utf-8", "replace")),
        )

    def _close(self, following: bytes) -> None:
        """The blocks that were read belong to the open file; the next ones to another."""
        if self._found:
            points = self._files.get(self._file)
            if points is None:
                points = self._files[self._file] = Points(self._budget)
            points.add(self._found)
        self._file, self._found = following, {}


def _statements(points: Points) -> tuple[int, int, int]:
    """Statements covered and in all, and the blocks of which the profile states two numbers."""
    blocks: dict[bytes, tuple[int, bool]] = {}
    doubtful = 0
    for key, ran in points:
        place, _, count = key.partition(b" ")
        known = blocks.get(place)
        blocks[place] = (int(count), ran)
        if known:
            doubtful += 1
            blocks[place] = (max(known[0], int(count)), known[1] or ran)
    covered = sum(count for count, ran in blocks.values() if ran)
    return covered, sum(count for count, _ in blocks.values()), doubtful


def _reject(number: int, line: bytes) -> Reject:
    text = excerpt(line[:1200].decode("utf-8", "replace"))
    return Reject(position=number, reason="a line that is no block of statements", excerpt=text)


SOURCE = Source(
    name="go_cover",
    family="ci",
    tables=(FileCoverage,),
    glob=("*.out", "*.coverprofile", "coverage.txt"),
    parse=parse,
    landed=False,
    marks=_MODES,
)
