"""A JSON object of any size in memory once: its text, with its members as views into it."""

from typing import BinaryIO

import msgspec

from ingest.files.sniff import looks_like
from ingest.source import DamagedError, FormatError

LIMIT = 400 * 1024 * 1024
"""Bytes of one file: its text is held in memory, its members are decoded one after the other."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CUT_OFF = "truncated"  # msgspec has no error of its own for it


def read_members(stream: BinaryIO, wanted: str) -> dict[str, msgspec.Raw]:
    """The members of the object, still JSON text; FormatError for anything but a JSON object."""
    data = stream.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise FormatError(f"the file has more than {LIMIT >> 20} MB, the limit of a JSON report")
    if not data[:1024].strip():
        raise FormatError(f"the file is empty; expected {wanted}")
    # A view, as a copy without the mark would take the memory twice.
    text = memoryview(data)[len(_BYTE_ORDER_MARK) :] if data.startswith(_BYTE_ORDER_MARK) else data
    try:
        return msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        raise FormatError(f"the file is JSON, but no object; expected {wanted}") from None
    except RecursionError:
        raise FormatError(f"the JSON is nested too deep; expected {wanted}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        head = data[:1024]
        if not head.removeprefix(_BYTE_ORDER_MARK).lstrip().startswith(b"{"):
            found = looks_like(head)
            raise FormatError(f"the file looks like {found}; expected {wanted}") from None
        # A cut inside a number or a name is some other error.
        if _CUT_OFF in str(error) or not data[-64:].rstrip().endswith(b"}"):
            raise DamagedError("the JSON ends early: it was cut off") from None
        raise FormatError(f"the JSON cannot be read ({error}); expected {wanted}") from None
