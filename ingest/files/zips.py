"""Zip files that depend on nothing but their content: the same members give the same bytes anywhere."""

import io
import shutil
import zipfile
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, Self

_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX, _PLAIN_FILE = 3, 0o100644 << 16
_CHUNK = 1 << 20


class ZipWriter:
    """A zip that grows member by member, in bounded memory; all of one date."""

    def __init__(self, target: IO[bytes]) -> None:
        """`target` can seek; it is left open, and stands anywhere."""
        self._zip = zipfile.ZipFile(target, "w")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def add(self, name: str, content: bytes | Path | BinaryIO) -> None:
        """Write a member; of a stream, what is left of it (2 GiB at most), of a file all of it."""
        info = zipfile.ZipInfo(name, _EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.create_system, info.external_attr = _UNIX, _PLAIN_FILE
        if isinstance(content, bytes):
            self._zip.writestr(info, content)
            return
        if isinstance(content, Path):
            info.file_size = content.stat().st_size  # decides whether sizes need 64 bits
            with content.open("rb") as stream:
                self._copy(info, stream)
        else:
            self._copy(info, content)

    def _copy(self, info: zipfile.ZipInfo, content: BinaryIO) -> None:
        with self._zip.open(info, "w") as member:
            shutil.copyfileobj(content, member, _CHUNK)


def zipped(members: dict[str, bytes]) -> bytes:
    """Pack the members in their order."""
    buffer = io.BytesIO()
    with ZipWriter(buffer) as archive:
        for name, content in members.items():
            archive.add(name, content)
    return buffer.getvalue()
