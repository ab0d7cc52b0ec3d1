"""Amplitude's export: a zip of gzip files, or one of them, with one JSON event a line.

The zip is what `GET /api/2/export` answers (export API v2); its members are a project's hours.
`event_time` is UTC. Properties of the event hide those of the user of the same name.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import msgspec

from ingest.files.archive import Archive, ArchiveError
from ingest.files.blocks import blocks_of, read_blocks
from ingest.records import PropertyCount, UsageCount
from ingest.source import Context, FormatError, Item, Source
from ingest.usage.event_export import Export, ExportOptions, Seen, Vendor, outline_but

_OWN = (
    ("platform", "platform"),
    ("os_name", "$os"),
    ("device_family", "$device"),
    ("device_type", "$model"),
    ("version_name", "app_version"),
    ("language", "locale"),
)
"""Members that Amplitude fills itself, under the names by which dimensions are looked for."""


class _Line(msgspec.Struct):
    event_type: str
    event_time: str
    user_id: str | int | None = None
    device_id: str | None = None
    amplitude_id: int | str | None = None
    uuid: str | None = None
    insert_id: str | None = msgspec.field(name="$insert_id", default=None)
    user_agent: str | None = None
    platform: str | None = None
    os_name: str | None = None
    device_family: str | None = None
    device_type: str | None = None
    version_name: str | None = None
    language: str | None = None
    event_properties: dict[str, Any] | None = None
    user_properties: dict[str, Any] | None = None


_DECODER = msgspec.json.Decoder(_Line)


def parse(path: Path, context: Context) -> Iterator[Item]:
    """Counts of an export; FormatError if it is another format, or not the whole export."""
    export = Export(_VENDOR, context)
    if is_zipfile(path):
        yield from _members(path, export)
    else:
        for block in read_blocks(path):
            yield from export.read(block)
    yield from export.items()


def _members(path: Path, export: Export) -> Iterator[Item]:
    """All members as one export; one that cannot be read spoils the whole: half a day is no day."""
    first = 1
    with Archive(path) as archive:
        for name in archive.members:
            try:
                with archive.open(name) as stream:
                    for block in blocks_of(stream, first=first):
                        first += block.lines
                        yield from export.read(block)
            except ArchiveError as error:
                raise FormatError(f"{name}: {error}; fetch the export again") from None


def _read(line: bytes) -> Seen:
    found = _DECODER.decode(line)
    properties = {**(found.user_properties or {}), **(found.event_properties or {})}
    user = found.user_id or found.amplitude_id or found.device_id
    insert_id = found.insert_id or found.uuid
    return Seen(
        found.event_type,
        found.event_time,
        f"{found.device_id}\0{insert_id}" if insert_id else None,
        (user,),
        found.user_agent or "",
        {**_own(found), **properties},
        properties,
    )


def _own(found: _Line) -> Mapping[str, str]:
    return {name: value for member, name in _OWN if (value := getattr(found, member))}


_VENDOR = Vendor(
    "amplitude",
    _read,
    "a JSON event with event_type and event_time on every line",
    lambda name: not name.startswith("$"),
    outline_but("event_type", "event_time"),
)

SOURCE = Source(
    name="amplitude",
    family="usage",
    tables=(UsageCount, PropertyCount),
    glob=("*",),
    parse=parse,
    form="tables",
    options=ExportOptions,
    marks=(b'"event_type"',),
)
