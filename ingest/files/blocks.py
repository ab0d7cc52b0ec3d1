"""Files of lines, plain or gzip, in blocks of whole lines."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from ingest.source import DamagedError

BLOCK = 1 << 18
LONGEST_LINE = 1 << 20
"""What a line has beyond this is left out: a file without line ends must not fill the memory."""


class Block(NamedTuple):
    """Whole lines, each with its line end."""

    data: bytes
    first: int
    """Number of the first line, counted from 1."""
    lines: int
    """By counting line ends, whatever a parser makes of the lines."""
    ended: bool = True
    """False for a last line to which the file has no line end (one was added)."""


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, decompressed if they are gzip; DamagedError if that is broken."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        try:
            yield cast("BinaryIO", gzip.GzipFile(fileobj=file)) if packed else file
        except EOFError:
            raise DamagedError(
                "a gzip file that ends early: it was cut off or is still being written"
            ) from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise DamagedError(f"a broken gzip file ({error})") from None


def read_blocks(path: Path, size: int = BLOCK) -> Iterator[Block]:
    """A file's lines, some thousands at a time, in order."""
    number, rest = 1, b""
    with opened(path) as stream:
        while data := stream.read(size):
            if len(rest) == LONGEST_LINE:
                data = data[data.find(b"\n") :] if b"\n" in data else b""
            data = rest + data
            end = data.rfind(b"\n") + 1
            rest = data[end : end + LONGEST_LINE]
            if end:
                block = Block(data[:end], number, data.count(b"\n", 0, end))
                number += block.lines
                yield block
    if rest:
        yield Block(rest + b"\n", number, 1, ended=False)
