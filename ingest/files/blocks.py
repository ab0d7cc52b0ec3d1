"""Files of lines, plain or compressed, in blocks of whole lines."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ingest.files.packed import opened

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


def read_blocks(path: Path, size: int = BLOCK) -> Iterator[Block]:
    """A file's lines, some thousands at a time, in order."""
    with opened(path) as stream:
        yield from blocks_of(stream, size)


def blocks_of(stream: BinaryIO, size: int = BLOCK) -> Iterator[Block]:
    """A stream's lines, some thousands at a time, in order."""
    number, rest = 1, b""
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
