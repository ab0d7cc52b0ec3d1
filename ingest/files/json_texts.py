"""JSON texts of a file one after the other, still encoded: lines, a whole document, framed messages."""

import io
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from ingest.files.packed import unpacked
from ingest.files.sniff import looks_like
from ingest.source import DamagedError, FormatError

LIMIT = 128 * 1024 * 1024
"""Bytes of one text; a file may hold any number of them."""

_UTF8_MARK = b"\xef\xbb\xbf"
_SIZE = 4
_ZSTD = b"\x28\xb5\x2f\xfd"


def json_texts(stream: BinaryIO, wanted: str) -> Iterator[tuple[int, bytes]]:
    """Yield each text with its number (of JSON lines: of its line), without the byte order mark.

    A file whose first line is no whole object is one document. Messages behind their length in four
    bytes, each compressed by itself, are what the OpenTelemetry collector's file exporter writes
    with `compression: zstd`. FormatError for what is neither.
    """
    first = stream.readline(LIMIT + 1)
    if _is_framed(first):
        yield from enumerate(_messages(stream, first, wanted), 1)
        return
    number, first = 1, first.removeprefix(_UTF8_MARK)
    while first and not first.strip():
        number, first = number + 1, stream.readline(LIMIT + 1)
    if not first.lstrip().startswith(b"{"):
        raise FormatError(f"{looks_like(first + stream.read(1024))}, expected {wanted}")
    if not first.rstrip().endswith(b"}"):
        yield number, _whole(stream, first)
        return
    yield number, _bounded(first, number)
    while line := stream.readline(LIMIT + 1):
        number += 1
        if line.strip():
            yield number, _bounded(line, number)


def _bounded(line: bytes, number: int) -> bytes:
    if len(line) > LIMIT:
        raise FormatError(f"line {number} is longer than {LIMIT:,} bytes")
    return line


def _whole(stream: BinaryIO, first: bytes) -> bytes:
    rest = stream.read(LIMIT + 1 - len(first))
    if len(first) + len(rest) > LIMIT:
        raise FormatError(f"a JSON document of more than {LIMIT:,} bytes; write JSON lines")
    return first + rest


def _is_framed(head: bytes) -> bool:
    return head[_SIZE : _SIZE + 4] == _ZSTD or (head[:1] == b"\x00" and len(head) > _SIZE)


def _messages(stream: BinaryIO, first: bytes, wanted: str) -> Iterator[bytes]:
    left = first

    def take(size: int) -> bytes:
        nonlocal left
        taken, left = left[:size], left[size:]
        return taken + stream.read(size - len(taken)) if len(taken) < size else taken

    while head := take(_SIZE):
        size = int.from_bytes(head, "big")
        message = take(min(size, LIMIT))
        is_short = len(message) < size
        if message.startswith(_ZSTD):
            message = _unzipped(message)
        if not message.startswith(b"{"):
            raise FormatError(f"binary messages (protobuf?), expected {wanted}")
        if is_short:
            raise DamagedError("the last message ends early: it is cut off or still being written")
        yield message


def _unzipped(message: bytes) -> bytes:
    with unpacked(io.BufferedReader(cast("Any", io.BytesIO(message)))) as plain:
        text = plain.read(LIMIT + 1)
    if len(text) > LIMIT:
        raise FormatError(f"a message of more than {LIMIT:,} bytes")
    return text
