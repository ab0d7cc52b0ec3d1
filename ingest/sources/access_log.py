"""Access logs of nginx and Apache: combined, combined with request time, common, or any nginx log_format.

A log lands as counts. Every line falls into exactly one class, in this order: rejected (does not fit the
format), other (blank line, or no HTTP request), static (a file for the browser), synthetic, bot, user.
Only the last three have rows. Text is read as Latin-1, in which every byte is a character: what is kept
of a line is ASCII anyway, and no byte can stop the file.
"""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from itertools import compress, islice, repeat
from pathlib import Path

import msgspec

from ingest.blocks import Block, read_blocks
from ingest.log_format import NAMED, Layout, layout
from ingest.privacy import excerpt
from ingest.records import RequestLatency, RequestMinute, UsageCount
from ingest.request_counts import RequestCounts
from ingest.request_values import RequestValues
from ingest.sniff import looks_like
from ingest.source import Context, FormatError, Item, Reject, Source, Tally

_PROBED = 1000
_FEW = 16
_EXCERPT = 2000
_CLIENT = re.compile(r"^[^\[\"]*\[")


class _Files(msgspec.Struct):
    """Whose logs some files are; the first entry that matches a file's name wins."""

    match: str = "*"
    service: str | None = None
    log_format: str = "auto"


class _Options(msgspec.Struct):
    """The `[sources.access_log]` table."""

    max_routes: int = 2000
    synthetic_agents: tuple[str, ...] = ("SyntheticMonitor/",)
    synthetic_accounts: tuple[str, ...] = ()
    user_field: str | None = None
    """Variable that names the user, where it is not $remote_user."""
    tenant_field: str | None = None
    files: tuple[_Files, ...] = ()

    def of_file(self, name: str) -> _Files:
        return next((files for files in self.files if fnmatch(name, files.match)), _Files())

    def fields(self) -> list[tuple[str, str]]:
        given = ((self.user_field, "user"), (self.tenant_field, "tenant"))
        return [(variable.lstrip("$"), field) for variable, field in given if variable]


def parse(path: Path, context: Context) -> Iterator[Item]:
    """Counts of a log file; FormatError if none of its first 1,000 lines fits."""
    try:
        options = msgspec.convert(dict(context.options), _Options)
    except msgspec.ValidationError as error:
        raise FormatError(f"[sources.access_log] of gapsight.toml: {error}") from None
    files = options.of_file(context.name or path.name)
    counts = RequestCounts(context, files.service)
    values = RequestValues(
        counts,
        max_routes=options.max_routes,
        synthetic_agents=options.synthetic_agents,
        synthetic_accounts=options.synthetic_accounts,
    )
    reader: _Reader | None = None
    read = blank = 0
    for block in read_blocks(path):
        read += block.lines
        if not block.data.strip():
            blank += block.lines
            continue
        if reader is None:
            reader = _Reader(_chosen(block, files.log_format, options.fields()), values, counts)
        yield from reader.read(block)
        yield from counts.finished()
    yield Tally(read=read, other=blank + (reader.blank if reader else 0))
    yield from counts.rest()


def _text(block: Block) -> str:
    text = block.data[:-1].decode("latin-1")
    if "\r" in text:
        text = text.replace("\r\n", "\n").removesuffix("\r")
    return text.removeprefix("\xef\xbb\xbf") if block.first == 1 else text


def _chosen(block: Block, log_format: str, fields: Sequence[tuple[str, str]]) -> Layout:
    """The format of the settings, or the known one that most of the first lines fit."""
    lines = list(islice(filter(str.strip, _text(block).split("\n")), _PROBED))
    names = NAMED if log_format == "auto" else (log_format,)
    layouts = [layout(name, fields) for name in names]
    best = max(layouts, key=lambda one: sum(one.read(line) is not None for line in lines))
    if not any(map(best.read, lines)):
        expected = "a known access log format" if log_format == "auto" else f"log_format '{log_format}'"
        raise FormatError(f"{looks_like(block.data)}, expected {expected}: none of the first {len(lines)} lines fits")
    return best


class _Reader:
    """Lines of one file, counted block by block."""

    def __init__(self, lines: Layout, values: RequestValues, counts: RequestCounts) -> None:
        self._layout, self._values, self._counts = lines, values, counts
        self._rejects: list[Reject] = []
        self.blank = 0

    def read(self, block: Block) -> Iterator[Reject]:
        """Counts a block's lines and yields those that cannot be."""
        text = _text(block)
        lines = text.split("\n")
        numbers: Sequence[int] = range(block.first, block.first + block.lines)
        if self._layout.quotes < 0:
            self._one_by_one(lines, numbers)
        else:
            plain = [count == self._layout.quotes for count in map(str.count, lines, repeat('"'))]
            if '\\"' in text:
                plain = [fits and '\\"' not in line for fits, line in zip(plain, lines, strict=True)]
            if not all(plain):
                odd = [not fits for fits in plain]
                self._one_by_one(list(compress(lines, odd)), list(compress(numbers, odd)))
                lines, numbers = list(compress(lines, plain)), list(compress(numbers, plain))
            self._together(lines, numbers)
        yield from self._rejects
        self._rejects.clear()

    def _together(self, lines: list[str], numbers: Sequence[int]) -> None:
        """The fast way; around a line that it is not made for, in halves."""
        if len(lines) <= _FEW:
            self._one_by_one(lines, numbers)
            return
        columns = self._layout.split(lines)
        requests = None if columns is None else self._values.read(columns)
        if requests is not None:
            self._counts.add(requests)
            return
        half = len(lines) // 2
        self._together(lines[:half], numbers[:half])
        self._together(lines[half:], numbers[half:])

    def _one_by_one(self, lines: list[str], numbers: Sequence[int]) -> None:
        found: list[tuple[str, ...]] = []
        places: list[tuple[str, int]] = []
        for line, number in zip(lines, numbers, strict=True):
            values = self._layout.read(line)
            if values is not None:
                found.append(values)
                places.append((line, number))
            elif line.strip():
                self._refuse(line, number, f"does not fit the log format '{self._layout.name}'")
            else:
                self.blank += 1
        if found and not self._counted(found):
            for values, (line, number) in zip(found, places, strict=True):
                if not self._counted([values]):
                    self._refuse(line, number, "its time, status, size or request time cannot be")

    def _counted(self, found: list[tuple[str, ...]]) -> bool:
        columns = dict(zip(self._layout.fields, map(list, zip(*found, strict=True)), strict=True))
        requests = self._values.read(columns)
        if requests is not None:
            self._counts.add(requests)
        return requests is not None

    def _refuse(self, line: str, number: int, reason: str) -> None:
        text = line[:_EXCERPT].encode("latin-1").decode("utf-8", "replace")
        # The client's address and name stand before the time, in every format there is.
        text = _CLIENT.sub("<client> [", text, count=1)
        self._rejects.append(Reject(position=number, reason=reason, excerpt=excerpt(text)))


SOURCE = Source(
    name="access_log",
    family="usage",
    tables=(UsageCount, RequestMinute, RequestLatency),
    glob=("*",),
    parse=parse,
    form="tables",
)
