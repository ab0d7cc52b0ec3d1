"""Small parts of one table, day and source in one file, and how a file's rows are found and replaced there.

Thousands of files of a few kB cost more to open than to read: the demo's models build in 23 s instead
of 31 s of CPU from packed parts. The rows of an inbox file in a table and day lie either in a part of
its own or in the pack of that table, day and source, where `_file` tells them apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.records import Load
from orchestration.lake import Entry, Group, Lake, is_whole
from orchestration.parts import write
from orchestration.reading import Parsed
from orchestration.workers import run_all

SMALL_BYTES = 4 << 20
"""A part larger than this stays a file of its own; a pack larger than this is not renewed for a few parts."""
MANY_PARTS = 8


@dataclass(frozen=True)
class _Task:
    parts: tuple[Path, ...]
    target: Path
    temporary: Path


def places_of(entry: Entry) -> list[Group]:
    """Everywhere a loaded file has rows, the ledger included."""
    return [*entry.groups(), Group(Load.TABLE, entry.day, entry.source)]


def commit(
    lake: Lake, parsed: Sequence[Parsed], earlier: Mapping[str, Iterable[Group]], *, folder: Path
) -> None:
    """Make units' parts visible and the rows they had before vanish, all or nothing.

    `earlier` holds by file id where a unit had rows; the ledger's parts are the last to appear.
    """
    moves: dict[Path, Path] = {}
    removes: set[Path] = set()
    cuts: dict[Path, set[str]] = {}
    for result in parsed:
        source, file_id = result.unit.source, result.unit.file_id
        for group in earlier.get(file_id, ()):
            own = lake.part(group, file_id)
            if own.exists():
                removes.add(own)
            else:
                cuts.setdefault(lake.pack(group), set()).add(file_id)
        for part in result.parts:
            moves[lake.part(Group(part.table, part.day, source), file_id)] = Path(part.path)
    for number, (pack, file_ids) in enumerate(sorted(cuts.items())):
        rest = _without(pack, file_ids, folder / f"rest.{number}.parquet")
        if rest:
            moves[pack] = rest
        else:
            removes.add(pack)
    lake.apply(moves, removes - moves.keys())


def pack(lake: Lake, groups: Iterable[Group], folder: Path) -> None:
    """Pack what became many small parts."""
    tasks = []
    for number, group in enumerate(sorted(groups)):
        parts = _worth_packing(lake, group)
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


def _worth_packing(lake: Lake, group: Group) -> list[Path]:
    """The parts to be packed, the present pack first; none where that would only move bytes about."""
    pack_place = lake.pack(group)
    parts = [place for place in lake.parts(group) if place != pack_place]
    small = sorted(place for place in parts if place.stat().st_size <= SMALL_BYTES)
    if not pack_place.exists():
        return small if len(small) > 1 else []
    worth = pack_place.stat().st_size <= SMALL_BYTES or len(small) >= MANY_PARTS
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


def _without(pack_place: Path, file_ids: set[str], temporary: Path) -> Path | None:
    """Write the pack without the rows of those files; None if nothing is left of it."""
    import polars as pl

    try:
        rows = pl.read_parquet(pack_place, hive_partitioning=False)
    except (pl.exceptions.PolarsError, OSError):
        return None  # torn or gone: all files with rows in it load again
    rest = rows.filter(~pl.col("_file").is_in(list(file_ids)))
    if rest.is_empty():
        return None
    write(rest, temporary)
    return temporary
