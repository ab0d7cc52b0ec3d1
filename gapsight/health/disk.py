"""How much lies where, and whether the volume has room for the next run."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gapsight.health.case import Case

_GB = 1_000_000_000


@dataclass(frozen=True)
class Disk:
    """Bytes of the data folder by what they are for, and of the volume it lies on."""

    used: dict[str, int]
    free: int
    volume: int
    inbox: dict[str, int]
    """Bytes of the inbox by source, or by what else lies in it."""


def examine_disk(case: Case) -> Disk:
    """Add up the data folder; too little room is a finding."""
    folder = case.settings.paths.data_dir
    there = next(place for place in (folder, *folder.parents) if place.is_dir())
    volume = shutil.disk_usage(there)
    inbox = _by_name(case.settings.paths.inbox)
    disk = Disk(_used(case, sum(inbox.values())), volume.free, volume.total, inbox)
    if needed := shortage(disk.free, disk.used["lake"]):
        case.find(
            "error",
            f"{in_units(disk.free)} are free, a run may need {in_units(needed)}",
            f"make room on the volume of {there} (its folders asof/ and logs/ may be deleted), or"
            " move data_dir to a bigger one",
        )
    if not os.access(there, os.W_OK):
        case.find("error", f"{there} is not writable", "check who owns it; a run must write there")
    return disk


def shortage(free: int, lake: int) -> int:
    """Return what should be free if less is: a run writes a warehouse and a new copy of what is published."""
    needed = max(_GB, 2 * lake)
    return needed if free < needed else 0


def in_units(size: float) -> str:
    """Return bytes as people read them."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def sizes_below(place: Path) -> Iterator[int]:
    """Bytes of a file, or of each file below a folder; links count themselves only."""
    with suppress(OSError):  # a run may remove any of it at any moment
        if place.is_file():
            yield place.stat().st_size
    for folder, _, names in os.walk(place):
        for name in names:
            with suppress(OSError):
                yield os.lstat(f"{folder}/{name}").st_size


def _used(case: Case, inbox: int) -> dict[str, int]:
    paths = case.settings.paths
    known = {
        paths.inbox: "inbox",
        paths.lake: "lake",
        paths.warehouse: "warehouse",
        paths.published: "published",
        paths.dagster_home: "dagster",
    }
    used = dict.fromkeys((*known.values(), "other"), 0)
    used["inbox"] = inbox
    with suppress(OSError):
        for place in paths.data_dir.iterdir():
            if place != paths.inbox:
                used[known.get(place, "other")] += sum(sizes_below(place))
    return used


def _by_name(inbox: Path) -> dict[str, int]:
    with suppress(OSError):
        return {place.name: sum(sizes_below(place)) for place in sorted(inbox.iterdir())}
    return {}
