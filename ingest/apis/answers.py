"""JSON answers of vendors: as a shape, or a clear error; and records of them as lines."""

from contextlib import AbstractContextManager
from typing import TypeVar

import msgspec

from ingest.apis import ApiError
from ingest.http import Answer

_Shape = TypeVar("_Shape")


def asked(
    call: AbstractContextManager[Answer], shape: type[_Shape], *, vendor: str
) -> _Shape:  # the whole answer is in memory: pages are of hundreds of records
    """Make the call and return its answer as that shape; ApiError names the vendor."""
    with call as answer:
        return decoded(answer.read(), shape, vendor=vendor)


def decoded(text: bytes | msgspec.Raw, shape: type[_Shape], *, vendor: str) -> _Shape:
    """Return a JSON text as that shape; ApiError names the vendor and what is wrong."""
    try:
        return msgspec.json.decode(text, type=shape)
    except (msgspec.DecodeError, ValueError, RecursionError) as fault:
        raise ApiError(f"{vendor}'s answer is not what was expected: {str(fault)[:200]}") from None


def line(record: bytes | msgspec.Raw) -> bytes:
    """Return a JSON text as one line, however the vendor wrote it, its line end included."""
    return bytes(msgspec.json.format(bytes(record), indent=-1)) + b"\n"
