"""Files that mean harm: a golden input of a source made huge in one way."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ingest.source import Source
from tests.golden.cases import bytes_of, cases_of, input_of

Writer = Callable[[Path, bytes, int], None]
_BLOCK = 1 << 20
_NAMES = (
    "id",
    "key",
    "identifier",
    "uuid",
    "name",
    "nodeid",
    "title",
    "fullName",
    "historyId",
    "file",
)


def golden(source: Source) -> bytes:
    """Return the largest golden input of a source that is a file."""
    found = [
        bytes_of(place) for case in cases_of(source.name) if (place := input_of(case)).is_file()
    ]
    return max(found, key=len)


def many(place: Path, content: bytes, size: int) -> None:
    """Write a document of one line whose longest list goes on and on; other formats line after line."""
    document = _json(content)
    if document is None:
        _repeated(place, content, size)
        return
    path, found = max(_lists(document), key=lambda one: len(json.dumps(one[1])), default=((), []))
    marker = "\x00here\x00"
    _put(document, path, marker)
    head, _, tail = json.dumps(document, separators=(",", ":")).partition(json.dumps(marker))
    with place.open("w") as file:
        file.write(f"{head}[")
        written = number = 0
        while written < size:
            for one in found:
                text = json.dumps(_renamed(one, number), separators=(",", ":"))
                written += file.write(("," if number else "") + text)
                number += 1
        file.write(f"]{tail}")


def long_value(place: Path, content: bytes, size: int) -> None:
    """Write the input with one of its names, in the middle of it, grown to that size."""
    middle = content.find(b'"', len(content) // 2)
    middle = middle + 1 if middle > 0 else len(content) // 2
    _filled(place, content[:middle], b"a", content[middle:], size=size)


def long_line(place: Path, content: bytes, size: int) -> None:
    """Write the input without its last line's end, which never comes."""
    _filled(place, content.rstrip(b"\r\n"), b"1 ", b"", size=size)


def deep(place: Path, content: bytes, size: int) -> None:
    """Write the first mark of the format and then nothing but beginnings."""
    is_xml = content.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<")
    head = content[: content.find(b">", content.find(b"?>") + 2) + 1] if is_xml else content[:1]
    _filled(place, head, b"<a>" if is_xml else b'{"a":[', b"", size=size)


def zeros(place: Path, content: bytes, size: int) -> None:
    """Write the first half of the input and NUL bytes behind it."""
    _filled(place, content[: len(content) // 2], b"\0", b"", size=size)


KINDS: dict[str, Writer] = {
    "many records in one line": many,
    "one value": long_value,
    "a line without end": long_line,
    "nothing but beginnings": deep,
    "NUL bytes": zeros,
}


def _filled(place: Path, head: bytes, filling: bytes, tail: bytes, *, size: int) -> None:
    block = filling * (_BLOCK // len(filling))
    with place.open("wb") as file:
        file.write(head)
        for _ in range(size // len(block) + 1):
            file.write(block)
        file.write(tail)


def _repeated(place: Path, content: bytes, size: int) -> None:
    with place.open("wb") as file:
        for _ in range(size // len(content) + 1):
            file.write(content)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _lists(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], list[Any]]]:
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    if isinstance(value, list) and value and path:
        yield path, value
    for key, one in inner:
        yield from _lists(one, (*path, key))


def _put(document: Any, path: tuple[Any, ...], value: object) -> None:
    for key in path[:-1]:
        document = document[key]
    document[path[-1]] = value


def _renamed(value: Any, number: int) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        key: f"{one}-{number}" if key in _NAMES and isinstance(one, str) else _renamed(one, number)
        for key, one in value.items()
    }
