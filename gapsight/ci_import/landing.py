"""Runs to bundles in the inbox, one at a time; a run has one bundle, whatever is learnt of it later."""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

from gapsight.ci_import.bundle import pack
from gapsight.ci_import.pattern import PatternError
from gapsight.ci_import.walk import Found, Known, Runs, Tree
from ingest.ci.manifest import NAME, read_manifest
from ingest.source import FormatError
from orchestration.inbox import list_units, write_landed
from orchestration.lake import Lake

_SOURCE = "ci_bundle"


@dataclass(frozen=True)
class Bundle:
    """What became of one run."""

    path: str
    """Inside the inbox."""
    what: str
    """written, replaced, moved, unchanged, would write or would move."""
    reports: int
    is_without_sha: bool
    is_day_assumed: bool = False
    notes: tuple[str, ...] = ()

    @property
    def day(self) -> date:
        """The day of its folder."""
        return date.fromisoformat(self.path.split("/")[1])


@dataclass
class Imported:
    """What became of all runs."""

    bundles: list[Bundle] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Place:
    """Where bundles go; a dry run only says what would be written."""

    inbox: Path
    lake: Path
    is_dry: bool = False

    @cached_property
    def bundles(self) -> dict[str, list[str]]:
        """Files that an import may have written, by name; it writes right below a day's folder."""
        found: dict[str, list[str]] = {}
        for unit in list_units(self.inbox, _SOURCE):
            if unit.path == _path(unit.day, unit.name) and (self.inbox / unit.path).is_file():
                found.setdefault(unit.name, []).append(unit.path)
        return found

    @cached_property
    def loaded(self) -> frozenset[str]:
        """Bundles whose rows the lake holds."""
        return frozenset(entry.path for entry in Lake(self.lake).ledger([_SOURCE]).values())


def import_runs(tree: Tree, known: Known, place: Place, *, done: Callable[[str], None]) -> Imported:
    """Write a bundle for each run; a run that cannot be one is refused with its reason."""
    runs, imported = Runs(tree, known), Imported()
    for key, reports in runs.groups:
        try:
            imported.bundles.append(_land(runs.read(key, reports), place))
        except (PatternError, FormatError) as error:
            imported.refused.append(f"{reports[0].member}: {error}")
        except OSError as error:
            imported.refused.append(f"{reports[0].member}: {error.strerror}: {error.filename}")
        done(reports[0].member)
    return imported


def _land(found: Found, place: Place) -> Bundle:
    content = pack(found.run, found.reports)
    wanted = _path(found.day, found.name)
    there = list(_of_the_same_run(found, wanted, place))
    paths = _paths(wanted, there, place, assumed=found.is_day_assumed)
    old = [path for path in there if path not in paths]
    if place.is_dry:
        what = "would move" if old else "would write"
    else:
        changed = [write_landed(place.inbox / path, content) for path in paths]
        for path in old:  # only now: a kill before leaves two, and the next import one
            (place.inbox / path).unlink(missing_ok=True)
        what = ("replaced" if there else "written") if any(changed) else "unchanged"
        what = "moved" if old else what
    is_held = wanted not in paths and not found.is_day_assumed
    notes = (
        *(() if found.run.sha else ("no sha",)),
        *(("its day is the age of its files",) if found.is_day_assumed else ()),
        *((f"it is loaded from there, and its rows are of {found.day}",) if is_held else ()),
    )
    bare = found.run.sha is None
    return Bundle(paths[-1], what, len(found.reports), bare, found.is_day_assumed, notes)


def _paths(wanted: str, there: list[str], place: Place, *, assumed: bool) -> list[str]:
    """Where a run's bundle belongs: in the folder of its day, unless it cannot be moved there."""
    if not there or there == [wanted]:
        return [wanted]
    # Rows of a file that is gone stay in the lake, those of one that changed are replaced.
    if loaded := [path for path in there if path in place.loaded]:
        return loaded
    # Files copied again are of another age; the run is the same.
    return there[-1:] if assumed else [wanted]


def _of_the_same_run(found: Found, wanted: str, place: Place) -> Iterator[str]:
    """Bundles that hold this run already: those of different runs may have one name."""
    for path in place.bundles.get(found.name, ()):
        owner = _owner(place.inbox / path)
        if owner == (found.run.repo, found.run.build) or (owner is None and path == wanted):
            yield path
        elif path == wanted and owner:
            repo, build = owner
            raise PatternError(f"{path} holds build {build} of {repo}; rename one of the two")


def _owner(path: Path) -> tuple[str, str] | None:
    """Repository and build that a bundle is of; None if it cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest, _ = read_manifest(archive.read(NAME))
    except (OSError, KeyError, zipfile.BadZipFile, FormatError):
        return None
    return manifest.repo, str(manifest.build)


def _path(day: date, name: str) -> str:
    return f"{_SOURCE}/{day.isoformat()}/{name}"
