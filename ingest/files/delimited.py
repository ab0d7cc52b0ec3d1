"""CSV as people and tools export it: commas, semicolons or tabs, a header, quotes with line ends.

Column names come in one spelling whatever the tool's (`Started At`, `startedAt` are `started_at`).
"""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from ingest.files.sniff import looks_like
from ingest.privacy import scrub
from ingest.sealing import seal
from ingest.source import FormatError, Reject

LINE_LIMIT = 1024 * 1024
"""Bytes of one line; a record in quotes may have any number of them, up to the limit of a field."""
COLUMN_LIMIT = 500

Row = dict[str, str]

_UTF16_MARKS = ("\udcff\udcfe", "\udcfe\udcff")
_ABSENT = ("", "NULL", r"\N")
"""How databases write that there is no value."""
_DELIMITERS = (",", ";", "\t")
_NAME_LIMIT = 1000
_UTF8_MARK = b"\xef\xbb\xbf"
_SAID = re.compile(r'"?sep=(.)"?\s*')  # Excel's own first line
_WORD_ENDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^\w]+")


def rows(stream: BinaryIO, required: Iterable[Iterable[str]]) -> Iterator[tuple[int, Row] | Reject]:
    """Yield each row with the number of its first line; values are trimmed, empty ones left out.

    `required` names groups of columns: of each group one must be there. A file without them, or
    whose last record is cut off, raises FormatError; a row with too many or few fields is a Reject.
    """
    header, found = table(stream)
    _check(header, required)
    yield from found


def table(stream: BinaryIO) -> tuple[list[str], Iterator[tuple[int, Row] | Reject]]:
    """Return the names of the columns, and the rows as `rows` yields them."""
    lines = _Lines(stream)
    delimiter, header = _header(lines)
    return header, _rows(lines, delimiter, header)


def spelled(name: str) -> str:
    """Return a column's name in the one spelling; empty if nothing of it is a word."""
    # Before its marks go, by which an address is known.
    return _WORD_ENDS.sub("_", seal(name[:_NAME_LIMIT]).strip()).strip("_").lower()


def _rows(lines: "_Lines", delimiter: str, header: list[str]) -> Iterator[tuple[int, Row] | Reject]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        first = lines.number + 1
        try:
            fields = next(reader, None)
        except csv.Error as fault:
            yield _refused(fault, first, lines)
            continue
        if fields is None:
            return
        if any(field.strip() for field in fields):
            yield _row(fields, header, first=first, whole=lines.ended)


class _Lines:
    """Lines of a stream as text, counted; bytes that are no UTF-8 come as lone surrogates."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.number = 0
        self.ended = True
        """Whether the last line had an end."""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(LINE_LIMIT + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > LINE_LIMIT:
            raise FormatError(f"line {self.number} is longer than {LINE_LIMIT:,} bytes")
        self.ended = line.endswith((b"\n", b"\r"))
        return line.decode("utf-8", "surrogateescape")


def _header(lines: _Lines) -> tuple[str, list[str]]:
    """Read the first line that holds anything; the delimiter that gives most columns is the file's."""
    said = ""
    for line in lines:
        text = line.removeprefix(_UTF8_MARK.decode()) if lines.number == 1 else line
        if text.startswith(_UTF16_MARKS):
            raise FormatError("UTF-16 text, expected CSV in UTF-8")
        if found := _SAID.fullmatch(text):
            said = found[1]
        elif text.strip():
            break
    else:
        raise FormatError("an empty file, expected CSV")
    tried = [
        (_split(text, delimiter), delimiter) for delimiter in ([said] if said else _DELIMITERS)
    ]
    names, delimiter = max(tried, key=lambda found: len(found[0]))
    if len(names) > COLUMN_LIMIT:
        raise FormatError(f"a first line of {len(names):,} columns, expected CSV with a header")
    return delimiter, _told_apart(names)


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except (csv.Error, TypeError):  # TypeError: a delimiter that can be none
        return []


def _told_apart(names: Iterable[str]) -> list[str]:
    """Return names in one spelling; a name that comes again gets a number, so that nothing is lost."""
    seen: dict[str, int] = {}
    header = []
    for place, name in enumerate(names, 1):
        plain = spelled(name) or f"column_{place}"
        seen[plain] = seen.get(plain, 0) + 1
        header.append(plain if seen[plain] == 1 else f"{plain}_{seen[plain]}")
    return header


def _check(header: list[str], required: Iterable[Iterable[str]]) -> None:
    for group in required:
        wanted = tuple(group)
        if not set(wanted) & set(header):
            # Of the names of JSON only those that a header has once it is in one spelling.
            plain = [name for name in wanted if name == name.lower()]
            shown = scrub(", ".join(header), 200)
            raise FormatError(f"CSV of the columns {shown}; expected one of {', '.join(plain)}")


def _refused(fault: csv.Error, first: int, lines: _Lines) -> Reject:
    """Refuse a record whose quotes are wrong; FormatError where what follows cannot be trusted."""
    said = str(fault)
    if "unexpected end of data" in said:
        raise FormatError(
            f"cut off in line {lines.number}: a quote opened in line {first} never ends"
        )
    if "field limit" in said or "field larger" in said:
        raise FormatError(
            f"a field of more than {csv.field_size_limit():,} characters in line {first}"
        )
    # No excerpt: text that cannot be taken apart cannot be cleared of persons either.
    return Reject(position=first, reason=f"not CSV: {said}")


def _row(
    fields: list[str], header: list[str], *, first: int, whole: bool
) -> tuple[int, Row] | Reject:
    if len(fields) < len(header) and not whole:
        raise FormatError(f"cut off in line {first}: {len(fields)} of {len(header)} fields")
    if len(fields) < len(header) or any(field.strip() for field in fields[len(header) :]):
        reason = f"{len(fields)} fields, the header has {len(header)}"
        return Reject(position=first, reason=reason)
    found = {name: value.strip() for name, value in zip(header, fields, strict=False)}
    if any("\udc80" <= sign <= "\udcff" for value in found.values() for sign in value):
        return Reject(position=first, reason="bytes that are no UTF-8")
    return first, {name: value for name, value in found.items() if value not in _ABSENT}


def is_delimited(line: bytes) -> bool:
    """Tell by the first line that holds anything whether a file that may be JSON is CSV."""
    text = line.removeprefix(_UTF8_MARK).lstrip()
    if text[:1] in b"{[<" or looks_like(text) not in {"CSV", "some other text"}:
        return False
    return any(mark.encode() in text for mark in _DELIMITERS)
