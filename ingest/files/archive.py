"""A folder or a zip as a set of readable members, within limits; nothing is written to disk.

An archive is a stranger's input: member names, sizes and checksums may lie.
"""

import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, BinaryIO, Self

from ingest.files.packed import unpacked
from ingest.source import DamagedError, FormatError


class ArchiveError(Exception):
    """A member that cannot or may not be read; the message says why."""


@dataclass(frozen=True)
class Limits:
    """What an archive may hold; sizes are those of the unpacked bytes."""

    members: int = 10_000
    member_bytes: int = 1 << 30
    total_bytes: int = 4 << 30


@dataclass(frozen=True)
class Member:
    """One file; `problem` says why it will not be opened."""

    name: str
    size: int
    problem: str | None = None
    is_hostile: bool = False
    """Its name leads out of the archive: nothing is unpacked by name, but it is no honest one."""


_UNREADABLE = (
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)
_ENCRYPTED = 1
_KIND, _LINK = 0o170000, 0o120000
_DRIVE = re.compile(r"[A-Za-z]:")
_BUFFER = 64 * 1024


class Archive:
    """Members by name, sorted. They are opened one after the other and counted as they are read."""

    def __init__(self, path: Path | BinaryIO, limits: Limits | None = None) -> None:
        """FormatError if the path is neither a folder nor a zip, or holds too many members.

        Also of a zip that stands open; it is left so.
        """
        self.limits = limits or Limits()
        self._left = self.limits.total_bytes
        self._folder = path if isinstance(path, Path) else Path()
        self._zip = None if isinstance(path, Path) and path.is_dir() else _opened(path)
        self._infos: dict[str, zipfile.ZipInfo] = {}
        found: dict[str, Member] = {}
        for member in (
            self._in_zip(self._zip) if self._zip else _in_folder(self._folder, self._folder)
        ):
            if len(found) >= self.limits.members:
                raise FormatError(f"more than {self.limits.members} files in it, the limit")
            found[member.name] = self._judged(member, twice=member.name in found)
        self.members = dict(sorted(found.items()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._zip:
            self._zip.close()

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """The member's bytes, decompressed if it is a compressed file: both sizes have the same limits.

        ArchiveError, here or while they are read, for damage and broken limits.
        """
        member = self.members[name]
        if member.problem:
            raise ArchiveError(member.problem)
        try:
            raw = (
                self._zip.open(self._infos[name]) if self._zip else (self._folder / name).open("rb")
            )
        except _UNREADABLE as error:
            raise ArchiveError(f"it cannot be opened ({error})") from error
        try:
            with _buffered(_Counted(raw, self, _UNREADABLE)) as stream, unpacked(stream) as plain:
                if plain is stream:
                    yield stream
                    return
                with _buffered(_Counted(plain, self)) as counted:
                    yield counted
        except DamagedError as error:
            raise ArchiveError(str(error)) from None

    def spend(self, size: int) -> None:
        """Count bytes that were unpacked against what all members together may have."""
        self._left -= size
        if self._left < 0:
            most = self.limits.total_bytes
            raise ArchiveError(f"all members together have more than {most} bytes, the limit")

    def _judged(self, member: Member, *, twice: bool) -> Member:
        problem, most = member.problem, self.limits.member_bytes
        if hostile := _hostile(member.name):
            problem = hostile
        elif twice:
            problem = "its name stands twice in the archive"
        elif member.size > most:
            problem = f"it has {member.size} bytes, more than the limit of {most}"
        return Member(member.name, member.size, problem, is_hostile=bool(hostile))

    def _in_zip(self, archive: zipfile.ZipFile) -> Iterator[Member]:
        for info in archive.infolist():
            name = info.filename.replace("\\", "/")  # older Windows tools
            if name.endswith("/"):  # a folder; is_dir() stumbles over an empty name
                continue
            self._infos[name] = info
            problem = None
            if info.flag_bits & _ENCRYPTED:
                problem = "it is encrypted"
            elif (info.external_attr >> 16) & _KIND == _LINK:
                problem = "it is a link"
            yield Member(name, info.file_size, problem)


class _Counted(io.RawIOBase):
    """A member while it is read: sizes in a zip's directory are claims, so bytes are counted.

    `faults` are what the raw stream raises for damage; all else is left to who opened it.
    """

    def __init__(
        self, raw: IO[bytes], archive: Archive, faults: tuple[type[Exception], ...] = ()
    ) -> None:
        self._raw = raw
        self._archive = archive
        self._faults = faults
        self._left = archive.limits.member_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._raw.read(len(buffer))
        except self._faults as error:
            raise ArchiveError(f"it is damaged or cut off ({error})") from error
        self._left -= len(data)
        if self._left < 0:
            most = self._archive.limits.member_bytes
            raise ArchiveError(f"it has more than {most} bytes, the limit")
        self._archive.spend(len(data))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


def _buffered(raw: io.RawIOBase) -> io.BufferedReader:
    return io.BufferedReader(raw, _BUFFER)


def _opened(path: Path | BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except FileNotFoundError:
        raise FormatError(f"there is no file or folder {Path(str(path)).name}") from None
    except _UNREADABLE as error:
        raise FormatError(f"neither a folder nor a zip that can be read ({error})") from None


def _in_folder(folder: Path, root: Path) -> Iterator[Member]:
    for place in sorted(folder.iterdir()):
        name = place.relative_to(root).as_posix()
        if place.is_symlink():
            yield Member(name, 0, "it is a link")
        elif place.is_dir():
            yield from _in_folder(place, root)
        elif place.is_file():
            yield Member(name, place.stat().st_size)
        else:
            yield Member(name, 0, "it is no regular file")


def _hostile(name: str) -> str | None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or _DRIVE.match(name):
        return "its name leads out of the bundle"
    if not path.parts or any(character < " " for character in name):
        return "its name is empty or holds control characters"
    return None
