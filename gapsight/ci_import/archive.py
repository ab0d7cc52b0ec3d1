"""Zip files that depend on nothing but their content: the same members give the same bytes anywhere."""

import io
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

_LEVEL = 4
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX, _PLAIN_FILE = 3, 0o100644 << 16


_CHUNK = 1 << 20


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Pack the members in their order, all of one date."""
    buffer = io.BytesIO()
    write_zip(buffer, members)
    return buffer.getvalue()


def write_zip(target: IO[bytes], members: Mapping[str, bytes | Path]) -> None:
    """Write the same zip to a stream that can seek; files are read piece by piece."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system, info.external_attr = _UNIX, _PLAIN_FILE
            if isinstance(content, bytes):
                archive.writestr(info, content)
                continue
            info.file_size = content.stat().st_size  # decides whether sizes need 64 bits
            with content.open("rb") as source, archive.open(info, "w") as sink:
                shutil.copyfileobj(source, sink, _CHUNK)
