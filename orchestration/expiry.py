"""Inbox retention: loaded files that are older than a team wants to keep leave the inbox; their rows stay.

What is gone can never be read again, by no better parser and under no new key. So nothing goes that the
lake does not hold whole and as today's rules read it, and nothing at all unless the settings say so.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from ingest import sources
from ingest.records import RejectRow
from ingest.source import Family
from orchestration import packing
from orchestration.days import Days
from orchestration.inbox import (
    Fingerprints,
    Unit,
    is_linked,
    list_units,
    remove_unit,
    size_of,
    sweep,
)
from orchestration.lake import Entry, Lake
from orchestration.loading import is_current, rules_of
from orchestration.settings import Settings

LINKED = "behind a link"
NOT_LOADED = "not loaded as it is now"
NOTHING_READ = "nothing of it could be read"


@dataclass
class Expired:
    """Files of one source that are older than they may become."""

    source: str
    keep_inbox_days: int
    removed: int = 0
    bytes: int = 0
    kept: Counter[str] = field(default_factory=Counter)
    """Files that stay nevertheless, by the reason."""


def expired_days(settings: Settings, source: str, today: date) -> Days | None:
    """Folder days of a source whose files are older than they may become; None: they all stay."""
    kept = settings.inbox_days(source)
    if kept is None:
        return None
    return Days(date.min, today - timedelta(days=min(kept, (today - date.min).days) + 1))


def expire(
    settings: Settings,
    family: Family,
    today: date,
    *,
    dry_run: bool = False,
    tick: Callable[[str], None] = lambda _: None,
) -> list[Expired]:
    """Remove what is too old of a family's inbox folders, seen from a day; with `dry_run` only count.

    Returns the sources that had such files and tells `tick` of each path. The ledger says first on
    which day a file went, so that what is killed here is finished by the next.
    """
    names = [source.name for source in sources.of_family(family)]
    limits = [(name, expired_days(settings, name, today)) for name in names]
    if not any(days for _, days in limits):
        return []
    lake = Lake(settings.paths.lake)
    with lake.loading(family) as folder:
        work = _Removal(settings, lake, family)
        found = []
        for name, days in limits:
            if days is None:
                continue
            one = Expired(name, settings.inbox_days(name) or 0)
            chosen = work.choose(one, list_units(settings.paths.inbox, name, days))
            if chosen and not dry_run:
                packing.mark_removed(lake, [entry for _, entry in chosen], day=today, folder=folder)
            for unit, entry in chosen:
                work.remove(one, unit, entry, dry_run=dry_run)
                tick(unit.path)
            if not dry_run:
                sweep(settings.paths.inbox, name, days.last)
            if one.removed or one.kept:
                found.append(one)
        work.remember()
    return found


def said_of(found: Expired) -> str:
    """What was removed of a source and what stays, as one line without names of files."""
    kept = "".join(f"; {count} stay, {why}" for why, count in sorted(found.kept.items()))
    what = f"{found.removed} inbox files removed by retention (keep_inbox_days {found.keep_inbox_days})"
    return f"{found.source}: {what}{kept}"


class _Removal:
    """What is known of a family while files of it go, its lock held."""

    def __init__(self, settings: Settings, lake: Lake, family: Family) -> None:
        self._settings, self._lake = settings, lake
        self._inbox: Path = settings.paths.inbox
        self._name = f"seen-{family}"
        self._seen = Fingerprints(lake.remembered(self._name))
        self._gone: set[str] = set()

    def choose(self, one: Expired, units: Sequence[Unit]) -> list[tuple[Unit, Entry]]:
        """Return those of the units that may go, with their ledger rows; count the others."""
        if not units:
            return []
        days = Days(min(unit.day for unit in units), max(unit.day for unit in units))
        ledger = self._lake.ledger([one.source], days)
        chosen = []
        for unit in units:
            entry = ledger.get(unit.file_id)
            if why := self._why_kept(unit, entry):
                one.kept[why] += 1
            elif entry:
                chosen.append((unit, entry))
        return chosen

    def remove(self, one: Expired, unit: Unit, entry: Entry, *, dry_run: bool) -> None:
        """Remove one unit, unless somebody changed it a moment ago, or it may not be removed."""
        place = self._inbox / unit.path
        try:
            size = size_of(place)
            if not dry_run:
                if self._seen.of(self._inbox, unit) != entry.fingerprint:
                    one.kept[NOT_LOADED] += 1
                    return
                remove_unit(self._inbox, unit)
        except OSError as error:
            one.kept[f"may not be removed: {error.strerror}"] += 1
            return
        one.removed += 1
        one.bytes += size
        if not dry_run:
            self._gone.add(unit.path)

    def remember(self) -> None:
        """Keep the fingerprints of what is there still."""
        kept = {path: known for path, known in self._seen.all.items() if path not in self._gone}
        self._lake.remember(self._name, kept)

    def _why_kept(self, unit: Unit, entry: Entry | None) -> str:
        if is_linked(self._inbox, unit):
            return LINKED
        fingerprint = self._seen.of(self._inbox, unit)
        if entry is None or fingerprint is None:
            return NOT_LOADED
        rules = rules_of(self._settings, unit.source)
        if not is_current(entry, fingerprint, rules) or not self._lake.is_sound(entry):
            return NOT_LOADED
        # The only copy of what a repaired parser, or a person, may still make something of.
        if entry.rejected and not entry.parts.keys() - {RejectRow.TABLE}:
            return NOTHING_READ
        return ""
