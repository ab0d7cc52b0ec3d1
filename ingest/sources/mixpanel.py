"""Mixpanel's raw export: one JSON event a line, plain or compressed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ingest.files.blocks import read_blocks
from ingest.records import PropertyCount, UsageCount
from ingest.source import Context, Item, Source
from ingest.usage.event_export import Export, ExportOptions, Seen, Vendor, outline_but


class _Line(msgspec.Struct):
    event: str
    properties: dict[str, Any]


_DECODER = msgspec.json.Decoder(_Line)


def parse(path: Path, context: Context) -> Iterator[Item]:
    """Counts of an export; FormatError if it is another format, or not the whole export."""
    export = Export(_VENDOR, context)
    for block in read_blocks(path):
        yield from export.read(block)
    yield from export.items()


def _read(line: bytes) -> Seen:
    found = _DECODER.decode(line)
    properties = found.properties
    time, user = properties.get("time"), properties.get("distinct_id")
    insert_id = properties.get("$insert_id")
    agent = properties.get("$user_agent") or properties.get("user_agent")
    return Seen(
        found.event,
        time,
        "\0".join(map(str, (found.event, time, user, insert_id))) if insert_id else None,
        (user, properties.get("$user_id")),
        agent if isinstance(agent, str) else "",
        properties,
        properties,
    )


def _is_reviewed(name: str) -> bool:
    """Not the vendor's book-keeping, which every event carries."""
    return not name.startswith(("mp_", "$mp_")) and name not in ("time", "$insert_id")


_VENDOR = Vendor(
    "mixpanel",
    _read,
    "a JSON event with event and properties on every line",
    _is_reviewed,
    outline_but("event", "time"),
)

SOURCE = Source(
    name="mixpanel",
    family="usage",
    tables=(UsageCount, PropertyCount),
    glob=("*",),
    parse=parse,
    form="tables",
    options=ExportOptions,
    marks=(b'"properties"',),
)
