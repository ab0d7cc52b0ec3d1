"""Access logs of nginx and Apache: combined, with request time, common, or any nginx log_format.

A log lands as counts. Every line falls into exactly one class, in this order: rejected (does not
fit the format), other (blank, or no HTTP request), static (a file for the browser), synthetic, bot,
user. Only the last three have rows. Text is read as Latin-1, in which every byte is a character:
what is kept of a line is ASCII anyway, and no byte can stop the file.
"""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from itertools import compress, islice
from pathlib import Path

import msgspec

from ingest.files.blocks import Block, read_blocks
from ingest.files.sniff import looks_like
from ingest.privacy import excerpt
from ingest.records import RequestLatency, RequestMinute, UsageCount
from ingest.source import Context, FormatError, Item, Reject, Source, Tally
from ingest.usage.log_format import NAMED, Layout, layout
from ingest.usage.request_counts import RequestCounts
from ingest.usage.request_values import RequestValues

_PROBED = 1000
_EXCERPT = 2000
_CLIENT = re.compile(r"^[^\[\"]*\[|^\S+ - [^\[\"]*")


class _Files(msgspec.Struct, forbid_unknown_fields=True):
    """Whose logs some files are; the first entry that matches a file's name wins."""

    match: str = "*"
    service: str | None = None
    log_format: str = "auto"


class _Options(msgspec.Struct, forbid_unknown_fields=True):
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
    best, most = None, 0
    for name in NAMED if log_format == "auto" else (log_format,):
        one = layout(name, fields)
        fitting = sum(one.read(line) is not None for line in lines)
        if fitting > most:
            best, most = one, fitting
        if fitting == len(lines):
            break
    if best is None:
        known = (
            "a known access log format" if log_format == "auto" else f"log_format '{log_format}'"
        )
        found = looks_like(block.data)
        raise FormatError(f"{found}, expected {known}: no line of the first {len(lines)} fits")
    return best


class _Reader:
    """Lines of one file, counted block by block."""

    def __init__(self, lines: Layout, values: RequestValues, counts: RequestCounts) -> None:
        self._layout, self._values, self._counts = lines, values, counts
        self._stamp = lines.fields.index("stamp")
        self._text, self._first = "", 1
        self._rejects: list[Reject] = []
        self.blank = 0

    def read(self, block: Block) -> Iterator[Reject]:
        """Counts a block's lines and yields those that cannot be."""
        self._text, self._first = _text(block), block.first
        *columns, whole = zip(*self._layout.read_all(self._text), strict=True)
        numbers: Sequence[int] = range(block.first, block.first + block.lines)
        stamps = columns[self._stamp]
        if "" in stamps:  # lines that do not fit come whole, and the blank ones empty
            misfits = zip(whole, numbers, stamps, strict=True)
            for line, number in [(line, number) for line, number, stamp in misfits if not stamp]:
                self._read_strictly(line, number)
            numbers = list(compress(numbers, stamps))
            columns = [tuple(compress(column, stamps)) for column in columns]
        self._count(columns, numbers)
        yield from self._rejects
        self._rejects.clear()

    def _read_strictly(self, line: str, number: int) -> None:
        values = self._layout.read(line)
        if values is not None:
            self._count([(value,) for value in values], [number])
        elif line.strip():
            self._refuse(line, number, f"does not fit the log format '{self._layout.name}'")
        else:
            self.blank += 1

    def _count(self, columns: list[tuple[str, ...]], numbers: Sequence[int]) -> None:
        if not numbers:
            return
        requests = self._values.read(dict(zip(self._layout.fields, columns, strict=True)))
        if requests is not None:
            self._counts.add(requests)
        elif len(numbers) == 1:
            line = self._text.split("\n")[numbers[0] - self._first]
            self._refuse(
                line, numbers[0], "its time is impossible: no such day or hour, or out of range"
            )
        else:  # one of them has an impossible value: which one?
            half = len(numbers) // 2
            self._count([column[:half] for column in columns], numbers[:half])
            self._count([column[half:] for column in columns], numbers[half:])

    def _refuse(self, line: str, number: int, reason: str) -> None:
        text = line[:_EXCERPT].encode("latin-1").decode("utf-8", "replace")
        # The client's address and name stand before the time, in every format there is.
        text = _CLIENT.sub(lambda found: f"<client> {found[0][-1:]}", text, count=1)
        self._rejects.append(Reject(position=number, reason=reason, excerpt=excerpt(text)))


SOURCE = Source(
    name="access_log",
    family="usage",
    tables=(UsageCount, RequestMinute, RequestLatency),
    glob=("*",),
    parse=parse,
    form="tables",
    options=_Options,
)
