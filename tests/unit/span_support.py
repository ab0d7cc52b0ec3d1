"""Spans as tracing tools write them, and a file of them through its parser."""

import datetime as dt
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from ingest import sources
from ingest.source import Context, Item, RecordParser, Source
from tests.unit.usage_support import Result, read

NOON = 1_782_820_800 * 10**9  # 2026-06-30 12:00 UTC
SERVER, CLIENT, CONSUMER, INTERNAL, PRODUCER = 2, 3, 5, 1, 4
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/124.0.0.0 Safari/537.36"
)


def value_of(value: object) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, list):
        return {"arrayValue": {"values": [value_of(one) for one in value]}}
    return {"stringValue": value}


def attributes(values: dict[str, object]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value_of(value)} for key, value in values.items()]


def span(
    number: int = 1, kind: object = SERVER, parent: object = "", **more: Any
) -> dict[str, Any]:
    """A span of GET /cart; attributes are given by `said`, other members by their own name."""
    said = more.pop("said", {"http.request.method": "GET", "http.route": "/cart"})
    return {
        "traceId": "5B8EFFF798038103D269B633813FC60C",
        "spanId": f"{number:016x}",
        "parentSpanId": f"{parent:016x}" if isinstance(parent, int) else parent,
        "name": "GET /cart",
        "kind": kind,
        "startTimeUnixNano": str(NOON),
        "endTimeUnixNano": str(NOON + 20_000_000),
        "attributes": attributes(said),
        **more,
    }


def block(*spans: object, service: str = "web", **resource: object) -> dict[str, Any]:
    """The spans of one service."""
    return {
        "resource": {"attributes": attributes({"service.name": service, **resource})},
        "scopeSpans": [{"scope": {"name": "lib"}, "spans": list(spans)}],
    }


def document(*blocks: object) -> str:
    return json.dumps({"resourceSpans": list(blocks)})


@dataclass(frozen=True)
class FromText:
    """A source of form `records` as one that reads a path, so that `read` can be used."""

    source: Source

    @property
    def tables(self) -> Any:
        return self.source.tables

    def parse(self, path: Path, context: Context) -> Iterator[Item]:
        with path.open("rb") as stream:
            yield from cast("RecordParser", self.source.parse)(stream, context)


def read_stream(source: Source, path: Path, **context: Any) -> Result:
    """As `read`, of a source of form `records`."""
    return read(cast("Source", FromText(source)), path, **context)


def parsed(source: str, path: Path, content: bytes, **context: Any) -> Result:
    """A file's content through a source; the accounting is checked by the caller."""
    path.write_bytes(content)
    return read_stream(sources.get(source), path, **context)


def items_of(source: str, content: bytes, **options: Any) -> list[Item]:
    context = Context(folder_day=dt.date(2026, 6, 30), options=options)
    stream: BinaryIO = io.BytesIO(content)
    return list(cast("RecordParser", sources.get(source).parse)(stream, context))


def lines(texts: Iterable[str]) -> bytes:
    return "".join(f"{text}\n" for text in texts).encode()
