"""Access logs: nginx and Apache, load balancers, gateways, and whatever a log_format can say.

Formats by name (`auto` finds them): combined with or without the request time, common, with a host
in front or fields behind; AWS load balancers (alb); CloudFront, IIS and other W3C extended logs;
JSON lines of nginx, Kong, Envoy, Caddy and Traefik. Besides any nginx log_format, and any JSON lines
whose keys the settings name. A log that names services (Kong, Traefik, Envoy's clusters) is counted
by them unless the settings say whose log it is; a host that clients send is nobody's name.

A log lands as counts. Every line falls into exactly one class, in this order: rejected (does not
fit the format), other (blank, a comment, or no HTTP request), static (a file for the browser),
synthetic, bot, user. Only the last three have rows. Text is read as Latin-1, in which every byte is
a character: what is kept of a line is ASCII anyway, and no byte can stop the file.
"""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from itertools import compress, islice
from pathlib import Path

import msgspec

from ingest.files.blocks import Block, read_blocks
from ingest.files.sniff import looks_like
from ingest.files.stamps import ZONE_ASSUMED
from ingest.privacy import excerpt
from ingest.records import RequestLatency, RequestMinute, UsageCount
from ingest.source import Context, FormatError, Item, Reject, Source, Tally, Warn
from ingest.usage.dialects import NAMES, layout, own_layout
from ingest.usage.layout import Layout, Row
from ingest.usage.request_counts import RequestCounts
from ingest.usage.request_values import RequestValues, Rules

_PROBED = 1000
_EXCERPT = 2000
_IMPOSSIBLE = "its time is impossible: no such day or hour, or out of range"


class _Files(msgspec.Struct, forbid_unknown_fields=True):
    """Whose logs some files are; the first entry that matches a file's name wins."""

    match: str = "*"
    service: str | None = None
    log_format: str = "auto"
    json: Mapping[str, str] | None = None
    """Keys of JSON lines that are of no known tool: `{stamp = "ts", method = "req.verb", ...}`."""


class _Options(msgspec.Struct, forbid_unknown_fields=True):
    """The `[sources.access_log]` table."""

    max_routes: int = 2000
    synthetic_agents: tuple[str, ...] = ("SyntheticMonitor/",)
    synthetic_accounts: tuple[str, ...] = ()
    user_field: str | None = None
    """Variable, column or key that names the user, where the usual one does not."""
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
    counts = RequestCounts(context)
    rules = Rules(
        files.service, options.max_routes, options.synthetic_agents, options.synthetic_accounts
    )
    values = RequestValues(counts, context, rules)
    reader: _Reader | None = None
    read = blank = 0
    for block in read_blocks(path):
        read += block.lines
        if not block.data.strip():
            blank += block.lines
            continue
        if reader is None:
            reader = _Reader(_chosen(block, files, options.fields()), values, counts)
        yield from reader.read(block)
        yield from counts.finished()
    other = blank + (reader.other if reader else 0)
    yield Tally(read=read, other=other)
    yield from counts.rest()
    if values.zone_assumed:
        yield Warn(reason=f"{read - other} {ZONE_ASSUMED}", assumed_zones=read - other)


def _text(block: Block) -> str:
    text = block.data[:-1].decode("latin-1")
    if "\r" in text:
        text = text.replace("\r\n", "\n").removesuffix("\r")
    return text.removeprefix("\xef\xbb\xbf") if block.first == 1 else text


def _chosen(block: Block, files: _Files, fields: Sequence[tuple[str, str]]) -> Layout:
    """The format of the settings, or the known one that most of the first lines fit."""
    lines = list(islice(filter(str.strip, _text(block).split("\n")), _PROBED))
    best, most = None, 0
    for one in _candidates(files, fields):
        fitting = sum(one.read(line) is not None for line in lines)
        if fitting > most:
            best, most = one.name, fitting
        if fitting == len(lines):
            break
    if best is None:
        known = {"auto": "a known access log format"}.get(
            files.log_format, f"log_format '{files.log_format}'"
        )
        expected = "JSON lines with the keys of `json`" if files.json else known
        found = looks_like(block.data)
        raise FormatError(f"{found}, expected {expected}: no line of the first {len(lines)} fits")
    # Made anew: what a layout learnt from the probed lines is not known yet at the first of them.
    return next(one for one in _candidates(files, fields) if one.name == best)


def _candidates(files: _Files, fields: Sequence[tuple[str, str]]) -> Iterator[Layout]:
    if files.json is not None:
        if files.log_format != "auto":
            raise FormatError("[[sources.access_log.files]]: either a log_format or json")
        yield own_layout(files.json, fields)
        return
    for name in NAMES if files.log_format == "auto" else (files.log_format,):
        yield layout(name, fields)


class _Reader:
    """Lines of one file, counted block by block."""

    def __init__(self, lines: Layout, values: RequestValues, counts: RequestCounts) -> None:
        self._layout, self._values, self._counts = lines, values, counts
        self._stamp = lines.fields.index("stamp")
        self._text, self._first = "", 1
        self._rejects: list[Reject] = []
        self.other = 0

    def read(self, block: Block) -> Iterator[Reject]:
        """Counts a block's lines and yields those that cannot be."""
        self._text, self._first = _text(block), block.first
        columns: list[Row]
        *columns, whole = zip(*self._layout.read_all(self._text), strict=True)
        numbers: Sequence[int] = range(block.first, block.first + block.lines)
        stamps = columns[self._stamp]
        if "" in stamps:  # lines that do not fit come whole, and those without a request empty
            misfits = zip(whole, numbers, stamps, strict=True)
            for line, number in [(line, number) for line, number, stamp in misfits if not stamp]:
                self._read_again(str(line), number)
            numbers = list(compress(numbers, stamps))
            columns = [tuple(compress(column, stamps)) for column in columns]
        self._count(columns, numbers)
        yield from self._rejects
        self._rejects.clear()

    def _read_again(self, line: str, number: int) -> None:
        values = None if self._layout.is_strict else self._layout.read(line)
        if values:
            self._count([(value,) for value in values], [number])
        elif line.strip():
            self._refuse(line, number, f"does not fit the log format '{self._layout.name}'")
        else:
            self.other += 1

    def _count(self, columns: list[Row], numbers: Sequence[int]) -> None:
        if not numbers:
            return
        requests = self._values.read(dict(zip(self._layout.fields, columns, strict=True)))
        if requests is not None:
            self._counts.add(requests)
        elif len(numbers) == 1:
            line = self._text.split("\n")[numbers[0] - self._first]
            self._refuse(line, numbers[0], _IMPOSSIBLE)
        else:  # one of them has an impossible value: which one?
            half = len(numbers) // 2
            self._count([column[:half] for column in columns], numbers[:half])
            self._count([column[half:] for column in columns], numbers[half:])

    def _refuse(self, line: str, number: int, reason: str) -> None:
        sender, text = self._layout.sender, ""
        if sender:
            text = line[:_EXCERPT].encode("latin-1").decode("utf-8", "replace")
            text = sender.sub("<client> ", text, count=1)
        self._rejects.append(Reject(position=number, reason=reason, excerpt=excerpt(text)))


SOURCE = Source(
    name="access_log",
    family="usage",
    tables=(UsageCount, RequestMinute, RequestLatency),
    glob=("*",),
    parse=parse,
    form="tables",
    version=3,
    options=_Options,
    # Of JSON lines: other formats are told by their shape.
    marks=(
        b'"response_code"',
        b'"DownstreamStatus"',
        b'"http.log.access',
        b'"latencies"',
        b'"body_bytes_sent"',
        b'"request_method"',
        b'"time_iso8601"',
        b'"time_local"',
    ),
)
