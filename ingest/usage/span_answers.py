"""Spans that a tracing tool counted itself: answers of its API, a document of JSON lines for a day.

A record is a row of an answer, however many spans it stands for. What a tool counted but did not list
is a row of its own, `(other)`, and a warning: an answer that was cut is never taken for a whole one.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, BinaryIO, NamedTuple

import msgspec

from ingest.files.sniff import looks_like
from ingest.privacy import excerpt
from ingest.records import UsageCount
from ingest.source import Context, FormatError, Item, Reject, Tally, Warn
from ingest.usage.event_counts import Names
from ingest.usage.routes import OTHER_ROUTE
from ingest.usage.span_routes import Named, SpanRoutes

LINE_LIMIT = 128 << 20
_MOST = 10**15
_MOST_VERSIONS = 1000


class Options(msgspec.Struct, forbid_unknown_fields=True):
    """What may stand in the table of such a source."""

    max_routes: int = 5000


class Counted(NamedTuple):
    """A row of an answer."""

    span: Named
    spans: object
    """How many, as the answer has it."""
    version: str | None = None


class SpanRows:
    """Rows of one file."""

    def __init__(self, source: str, context: Context) -> None:
        """FormatError for options that there are none of."""
        try:
            options = msgspec.convert(dict(context.options), Options)
        except msgspec.ValidationError as error:
            raise FormatError(f"[sources.{source}] of gapsight.toml: {error}") from None
        self._routes = SpanRoutes(options.max_routes)
        self._versions = Names(_MOST_VERSIONS)
        self._read = self._user = self._static = self._duplicate = 0

    def row(self, day: date, counted: Counted) -> Iterator[Item]:
        """A count, or a reject; nothing for files for the browser, which are tallied."""
        self._read += 1
        count = _whole(counted.spans)
        if count is None:
            said = excerpt(str(counted.spans))[:50]
            yield Reject(position=self._read, reason=f"the count is no whole number: '{said}'")
            return
        route = self._routes.of(counted.span)
        if route is None:
            self._static += 1
            return
        self._user += 1
        version = counted.version and self._versions.of(counted.version)
        yield UsageCount(
            day=day,
            kind="span",
            service=route.service,
            event=route.template,
            method=route.method,
            version=version or None,
            count=count,
        )

    def refuse(self, reason: str) -> Reject:
        """A row that is none."""
        self._read += 1
        return Reject(position=self._read, reason=reason)

    def superseded(self, rows: int) -> None:
        """Rows that a later answer of the same file says better."""
        self._read += rows
        self._duplicate += rows

    def rest(self, day: date, service: str | None, *, missing: int, total: int) -> Iterator[Item]:
        """What was counted and not listed: said, and counted under no name."""
        if missing <= 0:
            return
        name = self._routes.service(service)
        whose = f" of service '{name}'" if name else ""
        yield Warn(
            reason=f"{day}: {missing:,} of {total:,} spans{whose} are in none of the answer's"
            f" groups (a limit of the API, or an attribute they lack): counted as {OTHER_ROUTE}"
        )
        self._read += 1
        self._user += 1
        yield UsageCount(day=day, kind="span", service=name, event=OTHER_ROUTE, count=missing)

    def tally(self) -> Tally:
        """The accounting of everything added."""
        return Tally(
            read=self._read, user=self._user, static=self._static, duplicate=self._duplicate
        )


def whole_or_zero(count: object) -> int:
    """A count, and 0 for what is none."""
    return _whole(count) or 0


def read_lines(
    stream: BinaryIO, wanted: str, take: Callable[[int, bytes], Iterator[Item]]
) -> Iterator[Item]:
    """What `take` makes of each line; FormatError for a file that has none or is no JSON at all."""
    number = 0
    while line := stream.readline(LINE_LIMIT + 1):
        number += 1
        if len(line) > LINE_LIMIT:
            raise FormatError(f"line {number} is longer than {LINE_LIMIT:,} bytes")
        if line.strip():
            yield from take(number, line)
    if not number:
        raise FormatError(f"an empty file, expected {wanted}")


def decoded(decoder: msgspec.json.Decoder[Any], line: bytes, *, number: int, wanted: str) -> Any:
    """A line in its shape; FormatError for one that is of another or ends early."""
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, ValueError, RecursionError) as fault:
        said = "nested too deep" if isinstance(fault, RecursionError) else excerpt(str(fault))[:200]
        raise FormatError(
            f"{looks_like(line)}, expected {wanted} (line {number}: {said})"
        ) from None


def first_text(said: Mapping[str, object], names: tuple[str, ...]) -> str | None:
    """The first of the members that is there, as text."""
    for name in names:
        value = said.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            text = str(value).strip()
            if text:
                return text
    return None


def day_of(text: str | None, context: Context) -> date:
    """The day that a line names; the file's folder day where it names none."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return context.folder_day


def _whole(count: object) -> int | None:
    if isinstance(count, bool) or not isinstance(count, int | float):
        return None
    is_whole = float(count).is_integer() if abs(count) < _MOST else False
    return int(count) if is_whole and count >= 0 else None
