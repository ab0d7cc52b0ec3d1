"""Compressed files, told by their first bytes whatever they are called."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, cast

from ingest.source import Context, DamagedError, Item, RecordParser, Source, TableParser

ENDINGS = (".gz", ".bz2", ".xz", ".zst")

Faults = tuple[type[Exception], ...]
Opener = Callable[[BinaryIO], tuple[Any, Faults]]
"""The decompressed stream, and what it raises for broken bytes (for missing ones: EOFError).

Each imports its module only when such a file comes.
"""


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file as `unpacked` gives them."""
    with path.open("rb") as file, unpacked(file) as plain:
        yield plain


@contextmanager
def unpacked(stream: BufferedReader) -> Iterator[BinaryIO]:
    """The bytes, decompressed if they are compressed; DamagedError, while read, if that is broken."""
    head = stream.peek(_LONGEST_MAGIC)
    found = next((kind for magic, kind in _KINDS.items() if head.startswith(magic)), None)
    if found is None:
        yield stream
        return
    name, opener = found
    plain, faults = opener(stream)
    try:
        with plain:
            yield cast("BinaryIO", plain)
    except EOFError:
        raise DamagedError(
            f"{name} that ends early: it was cut off, is still being written, or other bytes follow it"
        ) from None
    except faults as error:
        if getattr(error, "errno", None):  # not the file's: the disk is full, the reader has gone
            raise
        raise DamagedError(f"{name} that is broken ({error})") from None


@contextmanager
def parsed(source: Source, path: Path, context: Context) -> Iterator[Iterator[Item]]:
    """What a source's parser gives of a file, called in the form it wants: a path, or a plain stream."""
    if source.form == "tables":
        yield cast("TableParser", source.parse)(path, context)
        return
    with opened(path) as stream:
        yield cast("RecordParser", source.parse)(stream, context)


def bare_name(name: str) -> str:
    """A file name without the ending of a compression: `a.log.gz` is `a.log`."""
    ending = next((ending for ending in ENDINGS if name.lower().endswith(ending)), "")
    return name[: len(name) - len(ending)]


def _gzip(stream: BinaryIO) -> tuple[Any, Faults]:
    from isal import igzip, isal_zlib

    return igzip.IGzipFile(fileobj=stream), cast("Faults", (igzip.BadGzipFile, isal_zlib.error))


def _bzip2(stream: BinaryIO) -> tuple[Any, Faults]:
    import bz2

    return bz2.BZ2File(stream), (OSError,)  # it has no error of its own


def _xz(stream: BinaryIO) -> tuple[Any, Faults]:
    import lzma

    return lzma.LZMAFile(stream), (lzma.LZMAError,)


def _zstd(stream: BinaryIO) -> tuple[Any, Faults]:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    return zstd.ZstdFile(stream), (zstd.ZstdError,)


_KINDS: dict[bytes, tuple[str, Opener]] = {
    b"\x1f\x8b": ("a gzip file", _gzip),
    b"\x28\xb5\x2f\xfd": ("a zstd file", _zstd),
    b"\x50\x2a\x4d\x18": ("a zstd file", _zstd),  # pzstd puts a frame without content in front
    b"BZh": ("a bzip2 file", _bzip2),
    b"\xfd7zXZ\x00": ("an xz file", _xz),
}
_LONGEST_MAGIC = max(map(len, _KINDS))
