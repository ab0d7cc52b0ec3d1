"""The inbox: landed bytes by source and day. Nothing else touches it.

`<inbox>/<source>/<YYYY-MM-DD>/<name>`; the unit is one file, or a folder that holds a manifest.json.
"""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from filecmp import cmp
from itertools import count
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from orchestration.days import Days

MANIFEST = "manifest.json"
REMOVED = ".removed"
"""How the hidden name of a folder ends that is on its way out of the inbox."""
UNREADABLE = "unreadable"
"""How the fingerprint of a file begins whose bytes may not be read."""
_CHUNK = 1 << 20
_DATE = re.compile(r"(?<!\d)(20\d\d)([-_.]?)([01]\d)\2([0-3]\d)(?!\d)")
# Time stamps of file systems are coarse: what changed this shortly before it was read may change
# again without a new stamp, so its fingerprint is not remembered.
_SETTLED_NS = 2_000_000_000


@dataclass(frozen=True, order=True)
class Unit:
    """One inbox file, or one folder that belongs together."""

    source: str
    day: date
    path: str
    """Inside the inbox, with `/`."""

    @property
    def file_id(self) -> str:
        """Stable id of the place, whatever the content: 16 hex digits."""
        return hashlib.sha256(f"{self.source}/{self.path}".encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        """Name of the file or folder itself."""
        return self.path.rpartition("/")[2]


def list_units(inbox: Path, source: str, days: Days | None = None) -> list[Unit]:
    """Every unit of a source, sorted; those of the given days only."""
    found = []
    for folder in _entries(inbox / source):
        day = _day_of_folder(folder.name)
        if day and folder.is_dir() and (days is None or day in days):
            found += [
                Unit(source, day, Path(place).relative_to(inbox).as_posix())
                for place in _units_below(folder.path)
            ]
    return sorted(found)


def is_linked(inbox: Path, unit: Unit) -> bool:
    """Whether a symbolic link is the unit or leads to it: what lies behind one is somebody else's."""
    place = inbox / unit.path
    return place.is_symlink() or place.parent.resolve() != inbox.resolve() / Path(unit.path).parent


def size_of(place: Path) -> int:
    """Bytes of a file, or of all files of a folder; links count nothing."""
    files = place.rglob("*") if place.is_dir() else [place]
    return sum(file.lstat().st_size for file in files if file.is_file() and not file.is_symlink())


def remove_unit(inbox: Path, unit: Unit) -> None:
    """Remove a unit whole or, if this is killed, hidden from every listing; OSError if it may not be."""
    place = inbox / unit.path
    if not place.is_dir():
        place.unlink()
        return
    # Half a bundle would be another bundle, and load as one.
    hidden = place.with_name(f".{place.name}{REMOVED}")
    shutil.rmtree(hidden, ignore_errors=True)
    shutil.rmtree(place.rename(hidden))


def sweep(inbox: Path, source: str, last: date) -> None:
    """Clear the day folders up to a day: what killed processes left behind there, and empty folders."""
    for entry in _entries(inbox / source):
        day = _day_of_folder(entry.name)
        if day is None or day > last or not entry.is_dir(follow_symlinks=False):
            continue
        for top, folders, names in os.walk(entry.path, topdown=False):
            for name in folders:
                if name.startswith(".") and name.endswith(REMOVED):
                    shutil.rmtree(Path(top, name))
            for name in names:
                if name.startswith(".") and name.endswith(".part") and _is_before(top, name, last):
                    Path(top, name).unlink(missing_ok=True)
            with suppress(OSError):  # not empty
                Path(top).rmdir()


def unknown_folders(inbox: Path, known: tuple[str, ...]) -> list[str]:
    """Folders of the inbox that no source reads: misspelled names, mostly."""
    return sorted(entry.name for entry in _entries(inbox) if entry.name not in known)


def fingerprint(place: Path) -> str:
    """Hash of the content: of the bytes of a file, of names and bytes of all files of a folder."""
    total = hashlib.sha256()
    if not place.is_dir():
        with place.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                total.update(chunk)
        return total.hexdigest()[:32]
    for file in sorted(place.rglob("*")):
        if file.is_file():
            total.update(f"{file.relative_to(place).as_posix()}\0{fingerprint(file)}\n".encode())
    return total.hexdigest()[:32]


class Fingerprints:
    """Fingerprints of units, remembered as long as size and times of their files stay the same."""

    def __init__(self, remembered: dict[str, list[str]]) -> None:
        self._before = remembered
        self.after: dict[str, list[str]] = {}

    @property
    def all(self) -> dict[str, list[str]]:
        """Everything remembered, of units that were not asked for as well."""
        return self._before | self.after

    def of(self, inbox: Path, unit: Unit) -> str | None:
        """Return the fingerprint; one that starts with `unreadable` if it may not be read, None if it is gone."""
        place = inbox / unit.path
        try:
            stamp, settled = _stamp(place)
            known = self._before.get(unit.path)
            print_ = known[1] if known and known[0] == stamp else fingerprint(place)
        except FileNotFoundError:
            return None
        except OSError as error:
            return f"{UNREADABLE}: {error.strerror}"
        if settled:
            self.after[unit.path] = [stamp, print_]
        return print_


def move_dropped(inbox: Path, source: str, zone: str) -> list[str]:
    """Move what lies directly in `<inbox>/<source>/` to its day folder, never over another file.

    The day is the date in the name, else the day of the modification time in the given zone.
    """
    moved = []
    for entry in _entries(inbox / source):
        if entry.is_dir() and _day_of_folder(entry.name):
            continue
        day = (
            _day_in(entry.name)
            or datetime.fromtimestamp(entry.stat().st_mtime, ZoneInfo(zone)).date()
        )
        folder = inbox / source / day.isoformat()
        folder.mkdir(exist_ok=True)
        moved.append(_move(Path(entry.path), folder).relative_to(inbox).as_posix())
    return moved


def write_landed(target: Path, content: bytes | BinaryIO) -> bool:
    """Write a whole file atomically; False, and nothing is touched, if it holds these bytes already."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    if isinstance(content, bytes):
        with suppress(FileNotFoundError):
            if target.stat().st_size == len(content) and target.read_bytes() == content:
                return False
    try:
        with temporary.open("wb") as stream:
            if isinstance(content, bytes):
                stream.write(content)
            else:
                shutil.copyfileobj(content, stream, _CHUNK)
            stream.flush()
            os.fsync(stream.fileno())
        if (
            not isinstance(content, bytes)
            and target.is_file()
            and cmp(temporary, target, shallow=False)
        ):
            return False
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return True


def open_landed(target: Path) -> BinaryIO | None:
    """What lies there, for its reader to close; None if nothing does."""
    with suppress(FileNotFoundError):
        return target.open("rb")
    return None


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    """What lies in a folder, without hidden and half-written things; nothing if there is no folder."""
    try:
        with os.scandir(folder) as found:
            return sorted((e for e in found if _is_complete(e.name)), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_complete(name: str) -> bool:
    return not name.startswith(".") and not name.lower().endswith((".part", ".tmp"))


def _units_below(folder: str) -> Iterator[str]:
    for entry in _entries(Path(folder)):
        if entry.is_file() or (entry.is_dir() and Path(entry.path, MANIFEST).is_file()):
            yield entry.path
        elif entry.is_dir():
            yield from _units_below(entry.path)


def _is_before(top: str, name: str, last: date) -> bool:
    written = datetime.fromtimestamp(Path(top, name).lstat().st_mtime, UTC).date()
    return written <= last


def _day_of_folder(name: str) -> date | None:
    with suppress(ValueError):
        if len(name) == len("2026-06-30"):
            return date.fromisoformat(name)
    return None


def _day_in(name: str) -> date | None:
    for year, _, month, day in _DATE.findall(name):
        with suppress(ValueError):
            return date(int(year), int(month), int(day))
    return None


def _stamp(place: Path) -> tuple[str, bool]:
    """Return sizes, times and inodes as text, and whether the newest of the times lies far enough back."""
    files = sorted(p for p in place.rglob("*") if p.is_file()) if place.is_dir() else [place]
    facts = [(str(file), file.stat()) for file in files]
    stamp = ";".join(
        f"{name}|{s.st_size}|{s.st_mtime_ns}|{s.st_ctime_ns}|{s.st_ino}" for name, s in facts
    )
    newest = max((max(s.st_mtime_ns, s.st_ctime_ns) for _, s in facts), default=0)
    return hashlib.sha256(stamp.encode()).hexdigest()[:32], time.time_ns() - newest > _SETTLED_NS


def _move(entry: Path, folder: Path) -> Path:
    stem, dot, endings = entry.name.partition(".")
    for number in count(1):
        target = folder / (entry.name if number == 1 else f"{stem}-{number}{dot}{endings}")
        if target.exists():
            if entry.is_file() and target.is_file() and fingerprint(entry) == fingerprint(target):
                entry.unlink()  # the same bytes lie there already: one of the two is enough
                return target
            continue
        if entry.is_dir():
            shutil.move(entry, target)
            return target
        try:
            os.link(entry, target)  # unlike a rename, this never overwrites
        except FileExistsError:
            continue
        except OSError:  # a file system without links
            return entry.rename(target)
        entry.unlink()
        return target
    raise AssertionError
