"""Exports as JSON or CSV, told by their content: one row of a table a record."""

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, cast

from ingest.files.delimited import is_delimited, rows
from ingest.files.json_documents import Unpack, members
from ingest.records import Record
from ingest.source import HEAD, Context, Item, Reject
from ingest.vendor_fields import Stamps, VendorRecord

Build = Callable[[VendorRecord, Context], Record | Reject | list[Record]]
"""The row of a record, its rows, or the reason against it."""

GLOB = ("*.json", "*.jsonl", "*.ndjson", "*.csv", "*.tsv")


@dataclass(frozen=True)
class Export:
    """How one kind of export is read."""

    build: Build
    unpack: Unpack
    """What of a JSON document is a record each."""
    required: tuple[tuple[str, ...], ...]
    """Groups of CSV columns of which one must be there."""


def read(stream: BinaryIO, context: Context, export: Export) -> Iterator[Item]:
    """Yield what `build` makes of each record; JSON keeps one whose stamp is unreadable, CSV refuses it.

    In JSON a stamp has one form for a whole file, so a bad one is a value's fault; in CSV it may be
    a column that has slipped, or days and months that a spreadsheet has turned.
    """
    buffered = io.BufferedReader(cast("io.RawIOBase", stream))
    try:
        if is_delimited(buffered.peek(HEAD)):
            yield from _from_csv(cast("BinaryIO", buffered), context, export)
        else:
            yield from _from_json(cast("BinaryIO", buffered), context, export)
    finally:
        with suppress(ValueError):  # the caller, whose stream it is, has closed it already
            buffered.detach()


def _from_json(stream: BinaryIO, context: Context, export: Export) -> Iterator[Item]:
    stamps = Stamps(context)
    yield from built(members(stream, export.unpack), context, export.build, stamps=stamps)
    yield from stamps.warnings()


def built(
    found: Iterable[tuple[int, dict[str, object]] | Reject],
    context: Context,
    build: Build,
    *,
    stamps: Stamps,
) -> Iterator[Record | Reject]:
    """Yield a row, or the reason against it, for each record."""
    for one in found:
        if isinstance(one, Reject):
            yield one
        else:
            position, fields = one
            yield from _each(build(VendorRecord(fields, stamps, position), context))


def _from_csv(stream: BinaryIO, context: Context, export: Export) -> Iterator[Item]:
    stamps = Stamps(context)
    for found in rows(stream, export.required):
        if isinstance(found, Reject):
            yield found
            continue
        position, fields = found
        record = VendorRecord(fields, stamps, position)
        row = export.build(record, context)
        if unreadable := stamps.take_unreadable():
            row = record.reject(f"unreadable stamp in {unreadable}")
        yield from _each(row)
    yield from stamps.warnings()


def _each(found: Record | Reject | list[Record]) -> Iterator[Record | Reject]:
    if isinstance(found, list):
        yield from found
    else:
        yield found
