"""JSON files as trackers and scripts write them: one object, a list, a page around it, JSON lines.

A file that cannot be read to its end raises `FormatError`: half an export must not pass as whole.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any, BinaryIO

import msgspec

from ingest.files.sniff import looks_like
from ingest.source import FormatError, Reject

Fields = dict[str, Any]
Unpack = Callable[[object], Iterable[Any]]
"""What of one JSON document is a record each; may raise FormatError for an answer that is none."""

DOCUMENT_LIMIT = 64 * 1024 * 1024
"""Bytes of one JSON document or line; a file of JSON lines may hold any number of lines."""
OPENED_LIMIT = 8 * 1024 * 1024
"""Bytes that are made objects at once: those take up to seventeen times as much."""

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_COMMON_LISTS = ("data", "items", "results", "values")


def objects(
    stream: BinaryIO, lists: tuple[str, ...], *, limit: int = DOCUMENT_LIMIT
) -> Iterator[tuple[int, Fields] | Reject]:
    """Yield each object with its number (JSON lines: of its line); what is no object is a Reject.

    `lists` names the members that hold the objects of a page: `{"issues": [...]}`.
    """
    return members(stream, partial(unpacked, lists=lists), limit=limit)


def members(
    stream: BinaryIO, unpack: Unpack, *, limit: int = DOCUMENT_LIMIT
) -> Iterator[tuple[int, Fields] | Reject]:
    """Yield as `objects` does what `unpack` takes out of each document (JSON lines: of each line)."""
    lines = _lines(stream, limit)
    first = next(lines, (0, b""))
    _refuse_other_formats(first[1])
    # Both JSON lines and a page on a single line begin like this.
    looks_whole = first[1].startswith(b"{") and first[1].rstrip().endswith(b"}")
    if looks_whole and (second := next(lines, None)):
        yield from _from_lines(chain((first, second), lines), unpack)
        return
    document = _decode(first[1] + _rest(stream, limit, len(first[1])))
    for position, value in enumerate(unpack(document), 1):
        yield _object(position, value)


def _lines(stream: BinaryIO, limit: int) -> Iterator[tuple[int, bytes]]:
    """Yield numbered lines that hold anything, without the byte order mark."""
    line_no = 0
    while line := stream.readline(limit + 1):
        line_no += 1
        if len(line) > limit:
            raise FormatError(f"line {line_no} is longer than {limit:,} bytes; export pages")
        if text := (line.removeprefix(_UTF8_MARK) if line_no == 1 else line).lstrip():
            yield line_no, text


def _refuse_other_formats(first: bytes) -> None:
    if not first:
        raise FormatError("an empty file, expected JSON")
    if first.startswith(_UTF16_MARKS):
        raise FormatError("UTF-16 text, expected JSON in UTF-8")
    if first.startswith(b"<"):
        raise FormatError("an HTML or XML page (a login page?), expected JSON")
    if looks_like(first) == "CSV":
        raise FormatError("CSV, expected JSON")


def _rest(stream: BinaryIO, limit: int, read: int) -> bytes:
    rest = stream.read(limit - read + 1)
    if read + len(rest) > limit:
        raise FormatError(f"a JSON document of more than {limit:,} bytes; export pages")
    return rest


def _decode(text: bytes) -> object:
    try:
        return _opened(memoryview(text))
    except (ValueError, RecursionError) as fault:
        raise FormatError(f"not JSON, or cut off: {_fault(fault)}") from None


class _TooLarge:
    """Stands for a record that is no record of any tracker."""


class _Records(list[Any]):
    """A long list, still text, whose members are decoded while they are looped over."""

    def __iter__(self) -> Iterator[Any]:
        for text in super().__iter__():
            is_usual = len(memoryview(text)) <= OPENED_LIMIT
            yield msgspec.json.decode(text) if is_usual else _TooLarge()


def _opened(text: memoryview) -> Any:
    """The value; of one too large for memory as objects its lists are left as text."""
    if len(text) <= OPENED_LIMIT:
        return msgspec.json.decode(text)
    start = bytes(text[:64]).lstrip()[:1]
    if start == b"[":
        return _Records(msgspec.json.decode(text, type=list[msgspec.Raw]))
    if start == b"{":
        members = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        return {name: _opened(memoryview(value)) for name, value in members.items()}
    return msgspec.json.decode(text)


def _from_lines(
    lines: Iterable[tuple[int, bytes]], unpack: Unpack
) -> Iterator[tuple[int, Fields] | Reject]:
    decoded = 0
    for line_no, line in lines:
        try:
            value = _opened(memoryview(line))
        except (ValueError, RecursionError) as fault:
            if not line.endswith(b"\n"):
                raise FormatError(f"cut off in line {line_no}: {_fault(fault)}") from None
            # No excerpt: text that cannot be taken apart cannot be cleared of persons either.
            yield Reject(position=line_no, reason=f"not JSON: {_fault(fault)}")
        else:
            decoded += 1
            for found in unpack(value):
                yield _object(line_no, found)
    if not decoded:
        raise FormatError("no line is JSON")


def unpacked(value: object, lists: tuple[str, ...]) -> Iterator[Any]:
    """Yield the objects in a list, a page, or a list of pages."""
    for member in value if isinstance(value, list) else [value]:
        held = _held(member, lists) if isinstance(member, dict) else None
        if isinstance(held, list):
            yield from held
        else:
            yield member if held is None else held


def _held(page: Fields, lists: tuple[str, ...]) -> object:
    for name in lists:
        if isinstance(page.get(name), list | dict):
            return page[name]
    if "id" in page or "key" in page:  # a record that happens to have a member called `items`
        return None
    if any(name in page and page[name] is None for name in lists):
        return []  # Go writes an empty list as null
    common = (page.get(name) for name in _COMMON_LISTS)
    return next((held for held in common if isinstance(held, list | dict)), None)


def _object(position: int, value: object) -> tuple[int, Fields] | Reject:
    if isinstance(value, dict):
        return position, value
    if isinstance(value, _TooLarge):
        return Reject(position=position, reason=f"a record of more than {OPENED_LIMIT:,} bytes")
    return Reject(position=position, reason=f"{_kind(value)}, expected an object")


def _kind(value: object) -> str:
    if isinstance(value, str | list):
        return "a text" if isinstance(value, str) else "a list"
    return "null, true or false" if value is None or isinstance(value, bool) else "a number"


def _fault(fault: Exception) -> str:
    # ValueError: msgspec's own errors, and UnicodeDecodeError.
    return "nested too deep" if isinstance(fault, RecursionError) else str(fault)[:200]
