"""Test reports that are one JSON document: reading within a limit, mending, and naming what is wrong."""

import re
from typing import BinaryIO, Generic, TypeVar

import msgspec

from ingest.privacy import excerpt
from ingest.source import DamagedError, FormatError

LIMIT = 400 * 1024 * 1024
"""Bytes of one report: its text is held in memory. Traces and screenshots lie beside it, not in it."""
MENDED_LIMIT = 128 * 1024 * 1024
"""Bytes of a report that is mended, which takes its text three times."""

Shape = TypeVar("Shape", bound=msgspec.Struct)

_HEAD = 64 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# JavaScript cuts texts in the middle of a character; such halves are no Unicode.
_LONE_HALF = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
# Python writes numbers that JSON does not know; the texts are matched to be left alone.
_NO_NUMBER = re.compile(r'"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b')


def read_json(
    stream: BinaryIO, shape: type[Shape], *, wanted: str, limit: int = LIMIT
) -> tuple[Shape, list[str]]:
    """The report, and notes on what had to be mended; FormatError for anything else.

    Members of type `msgspec.Raw` are not looked into: `Records` reads them one after the other.
    """
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise FormatError(f"the file has more than {limit >> 20} MB, the limit of a JSON report")
    start = _start(data, wanted)
    before = data[:start].removeprefix(_BYTE_ORDER_MARK).strip()
    skipped = f"{start} bytes of other text stand before the JSON and were skipped"
    notes = [skipped] if before else []
    text = memoryview(data)[start:]  # a copy would take the memory twice
    try:
        return msgspec.json.decode(text, type=shape), notes
    except msgspec.ValidationError as error:
        raise _refusal(text, shape, wanted=wanted, problem=str(error)) from None
    except RecursionError:
        raise FormatError(f"the JSON is nested too deep; expected {wanted}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if len(text) > MENDED_LIMIT:
            raise _refusal(text, shape, wanted=wanted, problem=str(error)) from None
        mended, more = _mended(text)
    try:
        return msgspec.json.decode(mended, type=shape), notes + more
    except msgspec.DecodeError as error:
        raise _refusal(text, shape, wanted=wanted, problem=str(error)) from None


class Records(Generic[Shape]):
    """Reads the records of a report one by one, so that memory holds one of them beside the text."""

    def __init__(self, shape: type[Shape]) -> None:
        # Lax: some writers put numbers into quotes.
        self._decoder = msgspec.json.Decoder(shape, strict=False)
        self.mended = False
        """Characters that are no Unicode were replaced in some record."""

    def read(self, text: msgspec.Raw) -> Shape | str:
        """The record, or what is wrong with it."""
        try:
            return self._decoder.decode(text)
        except msgspec.ValidationError as error:
            return f"not the known shape ({excerpt(str(error))})"
        except RecursionError:
            return "nested too deep"
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.mended = True
        try:
            return self._decoder.decode(_mended(memoryview(text))[0])
        except msgspec.DecodeError as error:
            return f"cannot be read ({excerpt(str(error))})"


def worded(value: object) -> str | None:
    """A value of a report as text; None for nothing, JSON for what is no text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return str(value).lower()
    try:
        return msgspec.json.encode(value).decode()
    except (OverflowError, ValueError, RecursionError):  # whole numbers of more than 64 bits
        return str(value)


def _mended(data: memoryview) -> tuple[str, list[str]]:
    notes = []
    read = str(data, "utf-8", "replace")
    text = _LONE_HALF.sub(r"\\ufffd", read)
    if text != read or "\ufffd" in read:
        notes.append("characters that are no Unicode were replaced")
    if "NaN" in text or "Infinity" in text:
        numbers = _NO_NUMBER.sub(_nothing, text)
        if numbers != text:
            notes.append("NaN and infinite numbers were taken for missing")
        text = numbers
    return text, notes


def _nothing(found: re.Match[str]) -> str:
    return found[0] if found[0][0] == '"' else "null"


def _start(data: bytes, wanted: str) -> int:
    """Where the JSON begins: on standard output, other output may stand before it."""
    mark = len(_BYTE_ORDER_MARK) if data.startswith(_BYTE_ORDER_MARK) else 0
    head = data[mark:_HEAD]
    if not head.strip():
        raise FormatError(f"the file is empty; expected {wanted}")
    found = re.search(rb"^\s*\{", head, re.MULTILINE)
    if found is None and head.lstrip().startswith(b"["):
        return mark
    if found is None:
        line = excerpt(head[:480].decode("utf-8", "replace"))[:120]
        raise FormatError(f"the file is no JSON, it starts with '{line}'; expected {wanted}")
    return mark + found.end() - 1


def _refusal(
    data: memoryview, shape: type[msgspec.Struct], *, wanted: str, problem: str
) -> FormatError:
    """What was found instead; JSON that ends early or is broken may well be of the format."""
    try:
        members = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        return FormatError(f"the file is JSON, but no object; expected {wanted}")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return DamagedError(f"the JSON cannot be read ({problem}); expected {wanted}")
    if all(f.encode_name in members for f in msgspec.structs.fields(shape) if f.required):
        found = f"the report does not have the known shape ({excerpt(problem)})"
    else:
        keys = ", ".join(list(members)[:6]) or "none"
        found = f"the file is JSON with the keys {excerpt(keys)}"
    return FormatError(f"{found}; expected {wanted}")
