"""Bytes on disk that depend on nothing but their content: no modification times, no host names."""

import gzip
import io
import zipfile
from pathlib import Path

_LEVEL = 4
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX, _PLAIN_FILE = 3, 0o100644 << 16


def write(path: Path, content: bytes) -> None:
    """Write a file so that a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_bytes(content)
    draft.replace(path)


def gzipped(content: bytes) -> bytes:
    """Compress without a time stamp."""
    return gzip.compress(content, _LEVEL, mtime=0)


def zipped(members: dict[str, bytes]) -> bytes:
    """Pack the members in their order, all of one date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system, info.external_attr = _UNIX, _PLAIN_FILE
            archive.writestr(info, content)
    return buffer.getvalue()
