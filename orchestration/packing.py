"""Small parts of one table, day and source in one file, and how a file's rows are found and replaced there.

Thousands of files of a few kB cost more to open than to read: the demo's models build in 23 s instead
of 31 s of CPU from packed parts. The rows of an inbox file in a table and day lie either in a part of
its own or in the pack of that table, day and source, where `_file` tells them apart.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ingest.records import Load
from orchestration.lake import Entry, Group, Lake, is_whole
from orchestration.parts import write
from orchestration.reading import Portion
from orchestration.workers import run_all

SMALL_BYTES = 4 << 20
"""A part larger than this stays a file of its own; a pack larger than this is not renewed for a few parts."""
MANY_PARTS = 8


@dataclass
class _Change:
    """What goes out of a pack and what comes into it."""

    gone: set[str] = field(default_factory=set)
    come: list[Path] = field(default_factory=list)


@dataclass(frozen=True)
class _Task:
    parts: tuple[Path, ...]
    target: Path
    temporary: Path


def places_of(entry: Entry) -> list[Group]:
    """Everywhere a loaded file has rows, the ledger included."""
    return [*entry.groups(), Group(Load.TABLE, entry.day, entry.source)]


def commit(
    lake: Lake, portion: Portion, earlier: Mapping[str, Iterable[Group]], *, folder: Path
) -> None:
    """Make units' parts visible and the rows they had before vanish, all or nothing.

    `earlier` holds by file id where a unit had rows; the ledger's parts are the last to appear.
    """
    moves: dict[Path, Path] = {}
    removes, packs = _taken_out(
        lake,
        {parsed.unit.file_id: earlier.get(parsed.unit.file_id, ()) for parsed in portion.parsed},
    )
    for part in portion.parts:
        group = Group(part.table, part.day, part.source)
        if len(part.file_ids) == 1:
            moves[lake.part(group, part.file_ids[0])] = part.path
        else:
            packs.setdefault(lake.pack(group), _Change()).come.append(part.path)
    _apply(lake, moves, removes, packs=packs, folder=folder)


def remove(lake: Lake, entries: Iterable[Entry], folder: Path) -> None:
    """Make all rows of files vanish, their ledger rows too, all or nothing."""
    removes, packs = _taken_out(lake, {entry.file_id: places_of(entry) for entry in entries})
    _apply(lake, {}, removes, packs=packs, folder=folder)


def _taken_out(
    lake: Lake, places: Mapping[str, Iterable[Group]]
) -> tuple[set[Path], dict[Path, _Change]]:
    """Return the parts that go with these files, and the packs that lose their rows."""
    removes: set[Path] = set()
    packs: dict[Path, _Change] = {}
    for file_id, groups in places.items():
        for group in groups:
            own = lake.part(group, file_id)
            if own.exists():
                removes.add(own)
            else:
                packs.setdefault(lake.pack(group), _Change()).gone.add(file_id)
    return removes, packs


def _apply(
    lake: Lake,
    moves: dict[Path, Path],
    removes: set[Path],
    *,
    packs: Mapping[Path, _Change],
    folder: Path,
) -> None:
    for number, (place, change) in enumerate(sorted(packs.items())):
        renewed = _renewed(place, change, folder / f"renewed.{number}.parquet")
        if renewed:
            moves[place] = renewed
        else:
            removes.add(place)
    lake.apply(moves, removes - moves.keys())


def mark_removed(lake: Lake, entries: Collection[Entry], *, day: date, folder: Path) -> None:
    """Write into the ledger on which day the retention took these files out of the inbox."""
    import polars as pl

    ids = {entry.file_id for entry in entries}
    groups = {Group(Load.TABLE, entry.day, entry.source) for entry in entries}
    moves: dict[Path, Path] = {}
    for number, place in enumerate(sorted(p for group in groups for p in lake.parts(group))):
        rows = pl.read_parquet(place, hive_partitioning=False)
        named = pl.col("_file").is_in(list(ids))
        if rows.filter(named).is_empty():
            continue
        marked = pl.when(named).then(pl.lit(day)).otherwise(pl.col("removed_on"))
        moves[place] = folder / f"marked.{number}.parquet"
        write(rows.with_columns(removed_on=marked), moves[place])
    lake.apply(moves, ())


def pack(lake: Lake, groups: Iterable[Group], folder: Path, *, thorough: bool = False) -> None:
    """Pack what became many small parts; `thorough` as of worth_packing."""
    tasks = []
    for number, group in enumerate(sorted(groups)):
        parts = worth_packing(lake, group, thorough=thorough)
        if parts:
            temporary = folder / f"pack.{number}.parquet"
            tasks.append(_Task(tuple(parts), lake.pack(group), temporary))
    for task, packed in zip(tasks, run_all(_pack, tasks), strict=True):
        if packed:
            lake.apply({task.target: task.temporary}, set(task.parts) - {task.target})


def packed_strays(
    lake: Lake, groups: Iterable[Group], file_ids: set[str]
) -> dict[str, list[Group]]:
    """Where packs hold rows of these files, although no ledger row says so."""
    import polars as pl

    found: dict[str, list[Group]] = {}
    for group in groups:
        place = lake.pack(group)
        if is_whole(place):
            inside = pl.read_parquet(place, columns=["_file"], hive_partitioning=False)["_file"]
            for file_id in file_ids.intersection(inside.unique().to_list()):
                found.setdefault(file_id, []).append(group)
    return found


def worth_packing(lake: Lake, group: Group, *, thorough: bool = False) -> list[Path]:
    """The parts to be packed, the present pack first; none where that would only move bytes about.

    `thorough` renews a large pack for a few small parts, too: of a day that is over no more come.
    """
    pack_place = lake.pack(group)
    parts = [place for place in lake.parts(group) if place != pack_place]
    small = sorted(place for place in parts if place.stat().st_size <= SMALL_BYTES)
    if not pack_place.exists():
        return small if len(small) > 1 else []
    worth = thorough or pack_place.stat().st_size <= SMALL_BYTES or len(small) >= MANY_PARTS
    return [pack_place, *small] if small and worth else []


def _pack(task: _Task) -> bool:
    """Write the pack; False if a part cannot be read, which the next load finds and repairs."""
    import polars as pl

    try:
        rows = pl.concat([pl.read_parquet(p, hive_partitioning=False) for p in task.parts])
    except (pl.exceptions.PolarsError, OSError):
        return False
    write(rows.sort("_file", maintain_order=True), task.temporary)
    return True


def _renewed(place: Path, change: _Change, temporary: Path) -> Path | None:
    """Return the pack as it shall be, under a temporary name; None if nothing is left of it."""
    import polars as pl

    if not place.exists() and len(change.come) == 1:
        return change.come[0]
    frames = [pl.read_parquet(part, hive_partitioning=False) for part in change.come]
    try:
        rows = pl.read_parquet(place, hive_partitioning=False)
        frames.insert(0, rows.filter(~pl.col("_file").is_in(list(change.gone))))
    except (pl.exceptions.PolarsError, OSError):
        pass  # torn or gone: all files with rows in it load again
    frames = [frame for frame in frames if not frame.is_empty()]
    if not frames:
        return None
    write(pl.concat(frames).sort("_file", maintain_order=True), temporary)
    return temporary
