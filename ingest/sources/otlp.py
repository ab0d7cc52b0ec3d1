"""OpenTelemetry traces: OTLP/JSON as the collector's file exporter writes it.

One ExportTraceServiceRequest per line, also one whole document; compressed as a whole, or message by
message (`compression: zstd`). OTLP 1.x and before; numbers and enums as JSON numbers or as text; new
and old names of the semantic conventions. A span lands as a count, as a line of an access log does.
Each falls into exactly one class, in this order: rejected, duplicate (its trace and span id were
there before), other (no use: a client's, an internal or a producer's span, a part of another span of
its service, an environment that does not count), static, synthetic, bot, user.
Source: opentelemetry.io/docs/specs ("OpenTelemetry Protocol File Exporter", OTLP 1.x), and the
README of the collector's fileexporter.
"""

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from ingest.files.json_texts import json_texts
from ingest.privacy import excerpt
from ingest.records import RequestLatency, RequestMinute, UsageCount
from ingest.source import Context, FormatError, Item, Reject, Source, Tally, Warn
from ingest.usage.event_counts import Names
from ingest.usage.otlp_spans import (
    RESOURCE_NAMES,
    SPAN_NAMES,
    Attributes,
    Document,
    ResourceSpans,
    Span,
)
from ingest.usage.span_counts import Origin, Rules, SpanCounts

WANTED = "OTLP/JSON traces (resourceSpans)"
_MOST_VERSIONS = 1000
_FAULTS = (msgspec.DecodeError, ValueError, RecursionError)
_DOCUMENT = msgspec.json.Decoder(Document)
_RESOURCE = msgspec.json.Decoder(ResourceSpans)
_SPAN = msgspec.json.Decoder(Span)


class _Options(msgspec.Struct, forbid_unknown_fields=True):
    """The `[sources.otlp]` table."""

    environments: tuple[str, ...] = ()
    """Which deployment environments count; all of them if none is named."""
    max_routes: int = 2000
    synthetic_agents: tuple[str, ...] = ("SyntheticMonitor/",)
    synthetic_accounts: tuple[str, ...] = ()
    user_attribute: str | None = None
    """Span attribute that names the user, beside user.id and enduser.id; only that it is there is kept."""
    tenant_attribute: str | None = None


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Counts of a file's spans; FormatError for a file that holds no OTLP traces."""
    try:
        options = msgspec.convert(dict(context.options), _Options)
    except msgspec.ValidationError as error:
        raise FormatError(f"[sources.otlp] of gapsight.toml: {error}") from None
    reader = _Reader(context, options)
    for number, text in json_texts(stream, WANTED):
        yield from reader.read(number, text)
    yield from reader.rest()


class _Reader:
    """The spans of one file."""

    def __init__(self, context: Context, options: _Options) -> None:
        more = {"user": options.user_attribute, "tenant": options.tenant_attribute}
        self._counts = SpanCounts(
            context,
            Rules(
                options.max_routes,
                frozenset(name.strip().lower() for name in options.environments),
                options.synthetic_agents,
                frozenset(options.synthetic_accounts),
            ),
            Attributes(SPAN_NAMES, **more),
        )
        self._resource = Attributes(RESOURCE_NAMES)
        self._versions = Names(_MOST_VERSIONS)
        self._read = self._position = self._documents = 0
        self._rejects: list[Reject] = []

    def read(self, number: int, text: bytes) -> Iterator[Item]:
        """Count the spans of one text; FormatError if it is the first and holds no traces."""
        try:
            document = _DOCUMENT.decode(text)
        except _FAULTS as fault:
            self._refuse_strange(number, text, f"not JSON, or cut off: {_words(fault)}")
        else:
            if document.resource_spans is msgspec.UNSET:
                self._refuse_strange(number, text, f"no {WANTED}")
            else:
                self._documents += 1
                for raw in document.resource_spans or ():
                    self._read_resource(number, raw)
                    yield from self._counts.finished()
        yield from self._rejects
        self._rejects.clear()

    def rest(self) -> Iterator[Item]:
        """All rows and the tally; FormatError if there was nothing but rejects."""
        if not self._documents:
            raise FormatError(f"no line is a document of {WANTED}")
        yield from self._counts.rest()
        yield Tally(read=self._read)
        if self._read and not self._counts.uses:
            yield Warn(reason=f"of {self._read:,} spans none is a server's or a consumer's entry")
        if self._counts.unnamed_environments:
            yield Warn(
                reason=f"{self._counts.unnamed_environments:,} server and consumer spans name no"
                " deployment.environment and were left out, as `environments` asks for named ones"
            )

    def _refuse_strange(self, number: int, text: bytes, reason: str) -> None:
        """A line that is no traces: of the first the whole file is judged."""
        if number == 1 or (not text.endswith(b"\n") and not self._documents):
            found = next((name for mark, name in _OTHERS if mark in text[:4096]), "JSON")
            raise FormatError(f"{found}, expected {WANTED}: {reason}")
        self._refuse_part(f"line {number}: {reason}")

    def _refuse_part(self, reason: str) -> None:
        """What stands for spans nobody can count is one record."""
        self._read += 1
        self._position += 1
        self._refuse(reason)

    def _refuse(self, reason: str) -> None:
        # No excerpt: anybody may stand anywhere in what cannot be taken apart.
        self._rejects.append(Reject(position=self._position, reason=reason))

    def _read_resource(self, number: int, raw: msgspec.Raw) -> None:
        try:
            found = _RESOURCE.decode(raw)
        except _FAULTS as fault:
            self._refuse_part(f"line {number}: no spans of a resource: {_words(fault)}")
            return
        said = self._resource.read((found.resource and found.resource.attributes) or ())
        version = said.get("version")
        origin = Origin(
            said.get("service"),
            self._versions.of(version) if version else None,
            said.get("environment"),
        )
        texts = list(found.spans())
        self._read += len(texts)
        for text in texts:
            self._position += 1
            self._read_span(text, origin)

    def _read_span(self, raw: msgspec.Raw, origin: Origin) -> None:
        try:
            if not self._counts.add(_SPAN.decode(raw), origin):
                self._refuse("its start is missing or impossible")
        except _FAULTS as fault:
            self._refuse(f"no span: {_words(fault)}")


_OTHERS = (
    (b'"resourceLogs"', "OTLP logs"),
    (b'"resourceMetrics"', "OTLP metrics"),
    (b'"resource_spans"', "OTLP with names that are not camelCase"),
    (b'"traceID"', "Jaeger's JSON"),
)


def _words(fault: Exception) -> str:
    return "nested too deep" if isinstance(fault, RecursionError) else excerpt(str(fault))[:200]


SOURCE = Source(
    name="otlp",
    family="usage",
    tables=(UsageCount, RequestMinute, RequestLatency),
    glob=("*.json", "*.jsonl", "*.json-*", "*.zst"),
    parse=parse,
    options=_Options,
    marks=(b'"resourceSpans"',),
)
