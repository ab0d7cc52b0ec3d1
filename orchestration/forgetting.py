"""Withdrawing: rows of files that left the inbox leave the lake only when a person says so.

Files leave an inbox for many reasons, an archive that moves them most often, and their rows must stay.
"""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from ingest import sources
from orchestration import packing
from orchestration.lake import Entry, Lake
from orchestration.settings import ConfigError, Settings


class ForgetError(ConfigError):
    """A path that cannot be withdrawn: why, and what to do."""


def forget(settings: Settings, names: Iterable[str]) -> list[str]:
    """Remove all rows and the ledger rows of files that are gone from the inbox; return their paths.

    A name is a path inside the inbox, or one that leads there; a folder stands for every loaded file
    below it. ForgetError, and nothing is removed, if one was never loaded or lies in the inbox still.
    Each family changes all or nothing.
    """
    inbox = settings.paths.inbox
    if not inbox.is_dir():  # a share that is not mounted: everything would look gone
        raise ForgetError(f"the inbox {inbox} is not there: what is gone from it cannot be told.")
    wanted = [_inside(inbox, name) for name in names]
    lake = Lake(settings.paths.lake)
    _check(inbox, wanted, lake.ledger(_landed()).values())
    gone = []
    named = {name.partition("/")[0] for name in wanted}
    for family in dict.fromkeys(sources.get(name).family for name in _landed() if name in named):
        own = [source.name for source in sources.of_family(family)]
        with lake.loading(family) as folder:  # the family's loader may have been at work until now
            entries = [e for e in lake.ledger(own).values() if _is_named(e.path, wanted)]
            _check_gone(inbox, entries)
            packing.remove(lake, entries, folder)
        gone += [entry.path for entry in entries]
    return sorted(gone)


def _landed() -> list[str]:
    return [source.name for source in sources.all_sources() if source.landed]


def _inside(inbox: Path, name: str) -> str:
    """Return a path as the ledger writes it."""
    for place, root in ((Path(name), inbox), (Path(name).absolute(), inbox.absolute())):
        if place.is_relative_to(root):
            return place.relative_to(root).as_posix()
    return Path(os.path.normpath(name)).as_posix()


def _is_named(path: str, wanted: Iterable[str]) -> bool:
    return any(path == name or path.startswith(f"{name}/") for name in wanted)


def _check(inbox: Path, wanted: Iterable[str], entries: Iterable[Entry]) -> None:
    every = list(entries)
    for name in wanted:
        found = [entry for entry in every if _is_named(entry.path, [name])]
        if not found:
            near = get_close_matches(name, [entry.path for entry in every], n=1)
            advice = f"did you mean {near[0]}?" if near else "write it as SOURCE/YYYY-MM-DD/NAME."
            raise ForgetError(f"no loaded file is called {name}: {advice}")
        _check_gone(inbox, found)


def _check_gone(inbox: Path, entries: Iterable[Entry]) -> None:
    for entry in entries:
        if _lies(inbox / entry.path):
            raise ForgetError(
                f"{entry.path} lies in the inbox still: the next run would load it again.\n"
                "Take it out of the inbox first; a file that was replaced needs gapsight run only."
            )


def _lies(place: Path) -> bool:
    """Whether something is there; a folder that may not be looked into is an error, no absence."""
    try:
        place.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True
