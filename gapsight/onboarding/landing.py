"""`--load`: the files a draft was made from, put where the next run looks for them."""

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from gapsight.ci_import.bundle import Report, Run, first_moment, pack
from gapsight.onboarding.facts import Seen
from gapsight.onboarding.reading import file_day
from ingest import sources
from orchestration.inbox import fingerprint, write_landed

BUILD = "init"
"""The build that loose reports are filed under: none of them says of which they are."""


@dataclass(frozen=True)
class Target:
    """Where files go and what is known of the reports among them."""

    inbox: Path
    zone: str
    repo: str
    branch: str | None = None
    sha: str | None = None
    day: date | None = None
    """The day of reports that carry no stamp: the last one of which use is known."""


class TakenError(Exception):
    """Another file of that name lies in the inbox already."""


def land(files: Sequence[Seen], names: dict[Path, str], target: Target) -> Iterator[Path]:
    """Put each file that was read into the inbox; loose reports together as one CI bundle."""
    reports = []
    for seen in files:
        if seen.source and sources.get(seen.source).landed:
            day = seen.last or file_day(seen.path)
            name = names.get(seen.path, seen.path.name)
            yield _copied(seen.path, target.inbox / seen.source / _folder(day) / name)
        elif seen.source:
            reports.append(seen)
    if reports:
        yield _bundled(reports, target)


def _folder(day: date) -> str:
    return day.isoformat()


def _copied(path: Path, place: Path) -> Path:
    """Copy without ever showing half a file, and never over another one."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        if path.is_dir() or fingerprint(path) != fingerprint(place):
            raise TakenError(f"{place} is there already and differs from {path}")
        return place
    draft = place.with_name(f".{os.getpid()}.part")  # the name may be as long as one can be
    if path.is_dir():
        shutil.copytree(path, draft)
    else:
        shutil.copyfile(path, draft)
    draft.rename(place)
    return place


def _bundled(files: Sequence[Seen], target: Target) -> Path:
    found: dict[str, Report] = {}
    for seen in files:
        name, number = seen.path.name, 2
        while name in found:  # report.xml of two folders
            name, number = f"{number}-{seen.path.name}", number + 1
        found[name] = Report(name, seen.path, seen.source)
    reports = sorted(found.values())
    started = first_moment(reports, target.zone)
    # Loose reports may be of different days, and what is newer than its bundle does not count.
    stamped = [seen.last for seen in files if seen.last]
    day = max(stamped, default=target.day) or max(file_day(seen.path) for seen in files)
    run = Run(target.repo, BUILD, target.sha, target.branch, started_at=started)
    place = target.inbox / "ci_bundle" / _folder(day) / f"{target.repo}-{BUILD}.zip"
    write_landed(place, pack(run, reports))
    return place
