"""Which inbox folders tell of incidents that nothing was brought for yet: new ones, and ones that were edited.

By content, not by time: the digest of a folder's files is remembered once the days around its incidents were
brought (orchestration/incident_windows.py). So whoever loaded the files, whatever was killed meanwhile, a folder
is waiting until that was done, and never again after it.
"""

import fcntl
import hashlib
from collections import defaultdict
from contextlib import ExitStack
from datetime import date

from ingest import sources
from ingest.source import Family
from orchestration.days import Days, days_until_today
from orchestration.inbox import Fingerprints, list_units, move_dropped
from orchestration.lake import Lake, locked
from orchestration.settings import Settings

FAMILIES: tuple[Family, ...] = ("incidents", "issues")
"""Families whose records may be incidents."""
_NAME = "correlated"

Folders = dict[date, str]
"""Folder day -> digest of what lies in the folders of that day."""


class BusyError(Exception):
    """A load is going on: what waits is known when it has ended."""


def waiting(settings: Settings) -> Folders:
    """Folders whose incidents nothing was brought for; BusyError while a load goes on."""
    with ExitStack() as held:
        for family in FAMILIES:
            place = Lake(settings.paths.lake).state / "locks" / f"{family}.lock"
            try:
                held.enter_context(locked(place, fcntl.LOCK_EX | fcntl.LOCK_NB))
            except BlockingIOError as error:
                raise BusyError(family) from error
        for source in _names():
            move_dropped(settings.paths.inbox, source, settings.reporting_zone)
        there = folders(settings)
    done = Lake(settings.paths.lake).remembered(_NAME)
    return {day: digest for day, digest in there.items() if done.get(str(day)) != [digest]}


def folders(settings: Settings, days: Days | None = None) -> Folders:
    """What lies in the folders of those days, as far as a run may load it."""
    inbox = settings.paths.inbox
    loadable = days_until_today(settings.first_day, settings.reporting_zone)
    facts: dict[date, list[str]] = defaultdict(list)
    for family in FAMILIES:
        seen = Fingerprints(Lake(settings.paths.lake).remembered(f"seen-{family}"))
        for source in sources.of_family(family):
            for unit in list_units(inbox, source.name, days):
                if unit.day in loadable and (found := seen.of(inbox, unit)):
                    facts[unit.day].append(f"{unit.file_id} {found}")
    return {
        day: hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
        for day, lines in sorted(facts.items())
    }


def mark_done(settings: Settings, done: Folders) -> None:
    """Remember that what lay in these folders was brought what it needs."""
    lake = Lake(settings.paths.lake)
    known = lake.remembered(_NAME)
    lake.remember(_NAME, known | {str(day): [digest] for day, digest in done.items()})


def content_of(found: Folders) -> str:
    """One name for the content of folders, for the key of a run."""
    text = "\n".join(f"{day} {digest}" for day, digest in sorted(found.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _names() -> list[str]:
    return [source.name for family in FAMILIES for source in sources.of_family(family)]
