"""Small parts of days that are over in one file each, everywhere in the lake.

A load packs what it touched (packing.py); what is left are parts of earlier versions, of loads that were killed before
they packed, and those that lie beside a large pack. No row changes, so no build follows because of it; the next one
reads the small tables of the compacted days once again, as their files are others.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingest.records import TABLES
from ingest.sources import all_sources
from orchestration import packing
from orchestration.lake import SCHEMA_DAY, Group, Lake
from orchestration.observer import Progress
from orchestration.settings import ConfigError, Settings


@dataclass
class Compacted:
    """What became of the small parts of a table, or would."""

    table: str
    days: int = 0
    parts_before: int = 0
    parts_after: int = 0
    bytes: int = 0
    """Of the parts before."""


def compact(
    settings: Settings, *, dry_run: bool = False, progress: Progress | None = None
) -> list[Compacted]:
    """Pack each table's days before the last loaded one; the tables of which something is to be packed.

    Each day of a source is replaced whole or not at all, through the lake's journal: killed in between, it goes on
    where it was. Loads wait meanwhile. Raises ConfigError where nothing was ever loaded.
    """
    if not settings.paths.lake.is_dir():
        raise ConfigError(
            f"There is no lake yet at {settings.paths.lake}.\nRun this first: gapsight run"
        )
    lake = Lake(settings.paths.lake)
    found: dict[str, Compacted] = {}
    if progress:
        progress.stage("wait for loads", None)
    with ExitStack() as stack:
        families = dict.fromkeys(source.family for source in all_sources())
        folders = [stack.enter_context(lake.loading(family)) for family in families]
        finished = list(_finished(lake))
        if progress:
            progress.stage("compact", len(finished))
        for day, groups in finished:
            todo = {group: packing.worth_packing(lake, group, thorough=True) for group in groups}
            todo = {group: parts for group, parts in todo.items() if parts}
            for table in sorted({group.table for group in todo}):
                found.setdefault(table, Compacted(table)).days += 1
            for group, parts in todo.items():
                one = found[group.table]
                one.parts_before += len(parts)
                one.bytes += sum(part.stat().st_size for part in parts)
                one.parts_after += 1
            if todo and not dry_run:
                packing.pack(lake, todo, folders[0], thorough=True)
            if progress:
                progress.advance(f"{day}")
    return [found[table] for table in sorted(found)]


def _finished(lake: Lake) -> Iterator[tuple[date, list[Group]]]:
    """Groups of each day before the last loaded one, oldest day first."""
    last = lake.last_day()
    days: defaultdict[date, set[Group]] = defaultdict(set)
    for table in TABLES:
        for place in (lake.root / table).glob("day=*/*--*.parquet"):
            if place.parent.name != SCHEMA_DAY:
                day = date.fromisoformat(place.parent.name.removeprefix("day="))
                days[day].add(Group(table, day, _source(place)))
    for day in sorted(days):
        if last and day < last:
            yield day, sorted(days[day])


def _source(place: Path) -> str:
    return place.name.partition("--")[0]
