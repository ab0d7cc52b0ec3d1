"""Runs to bundles in the inbox, one at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gapsight.ci_import.bundle import pack
from gapsight.ci_import.pattern import PatternError
from gapsight.ci_import.walk import Found, Known, Runs, Tree
from ingest.source import FormatError
from orchestration.inbox import list_units, write_landed

_SOURCE = "ci_bundle"


@dataclass(frozen=True)
class Bundle:
    """What became of one run."""

    path: str
    """Inside the inbox."""
    what: str
    """written, replaced, unchanged, or would write."""
    reports: int
    is_without_sha: bool
    notes: tuple[str, ...] = ()


@dataclass
class Imported:
    """What became of all runs."""

    bundles: list[Bundle] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def import_runs(
    tree: Tree, known: Known, inbox: Path | None, *, done: Callable[[str], None]
) -> Imported:
    """Write a bundle for each run; without an inbox only say what would be written."""
    runs, imported = Runs(tree, known), Imported()
    there = {unit.name: unit.path for unit in list_units(inbox, _SOURCE)} if inbox else {}
    for key, reports in runs.groups:
        try:
            found = runs.read(key, reports)
            imported.bundles.append(_land(found, inbox, there.get(found.name)))
        except (PatternError, FormatError) as error:
            imported.refused.append(f"{reports[0].member}: {error}")
        except OSError as error:
            imported.refused.append(f"{reports[0].member}: {error.strerror}: {error.filename}")
        done(reports[0].member)
    return imported


def _land(found: Found, inbox: Path | None, before: str | None) -> Bundle:
    path = f"{_SOURCE}/{found.day.isoformat()}/{found.name}"
    if found.is_day_assumed and before:
        path = before  # files copied again are of another age; the run is the same
    if inbox is None:
        what = "would write"
    else:
        there = (inbox / path).exists()
        changed = write_landed(inbox / path, pack(found.run, found.reports))
        what = ("replaced" if there else "written") if changed else "unchanged"
    notes = (
        *(() if found.run.sha else ("no sha",)),
        *(("its day is the age of its files",) if found.is_day_assumed else ()),
    )
    return Bundle(path, what, len(found.reports), found.run.sha is None, notes)
