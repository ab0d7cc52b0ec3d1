"""Bytes on disk that depend on nothing but their content: no modification times, no host names."""

import gzip
from pathlib import Path

_LEVEL = 4


def write(path: Path, content: bytes) -> None:
    """Write a file so that a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_bytes(content)
    draft.replace(path)


def gzipped(content: bytes) -> bytes:
    """Compress without a time stamp."""
    return gzip.compress(content, _LEVEL, mtime=0)
