"""A tree of old results to CI runs: which file belongs to which, and what fits none."""

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from gapsight.ci_import.bundle import Report, Run, day_of, first_moment, report_format
from gapsight.ci_import.pattern import Pattern, PatternError, read_date
from ingest.files.packed import bare_name
from ingest.source import DamagedError

_ARCHIVES = (".zip", ".tar", ".tgz", ".7z", ".rar")

_Key = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Known:
    """What is known of all runs, where the pattern does not say it."""

    repo: str | None = None
    branch: str | None = None
    stage: str | None = None
    zone: str = "UTC"
    """Zone of stamps that carry none."""
    reporting_zone: str = "UTC"


@dataclass(frozen=True)
class Found:
    """One run with its reports, the name of its bundle and the day it belongs to."""

    run: Run
    reports: tuple[Report, ...]
    day: date
    name: str
    is_day_assumed: bool = False
    """Nothing says when it ran; the age of its files does."""


@dataclass
class Tree:
    """What a walk found."""

    groups: dict[_Key, list[Report]] = field(default_factory=lambda: defaultdict(list))
    unmatched: list[str] = field(default_factory=list)
    """Files that do not fit the pattern, with the reason where it is known."""
    no_reports: list[str] = field(default_factory=list)
    """Files that fit the pattern and are no reports: logs, pictures."""
    archives: list[str] = field(default_factory=list)
    """Archives, whether they fit or not: what is in them has other names."""
    unreadable: list[str] = field(default_factory=list)


def walk(folder: Path, pattern: Pattern) -> Tree:
    """Sort the files below a folder into runs; links are not followed, hidden ones not read."""
    tree = Tree()
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        if bare_name(name.lower()).endswith(_ARCHIVES):
            tree.archives.append(name)
            continue
        values = pattern.read(name)
        if values is None:
            reason = pattern.why_not(name)
            tree.unmatched.append(f"{name}: {reason}" if reason else name)
            continue
        try:
            kind = report_format(path)
        except (OSError, DamagedError) as error:
            tree.unreadable.append(f"{name}: {getattr(error, 'strerror', None) or error}")
            continue
        if kind is None:
            tree.no_reports.append(name)
            continue
        suite = values.pop("suite", None)
        key = tuple(sorted((k, v) for k, v in values.items() if v is not None))
        tree.groups[key].append(Report(name, path, kind, suite))
    return tree


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path


class Runs:
    """Groups of reports as runs. What a run is called depends on nothing but its own names."""

    def __init__(self, tree: Tree, known: Known) -> None:
        self._known = known
        self._builds: dict[tuple[str, str], _Key] = {}
        self.groups = sorted(tree.groups.items())

    def read(self, key: _Key, reports: list[Report]) -> Found:
        """Read one group; PatternError if a name in it cannot be meant."""
        values, known = dict(key), self._known
        repo = values.get("repo") or known.repo
        if not repo:
            raise PatternError("nothing says the repository; give --repo or use {repo}")
        day, moment = read_date(values["date"], known.zone) if "date" in values else (None, None)
        started = moment or first_moment(reports, known.zone)
        if started and day and moment is None and day_of(started, known.reporting_zone) != day:
            started = None  # the folder's day is a person's word; a report's clock may be anything
        run = Run(
            repo=repo,
            build=self._build(repo, key),
            sha=values["sha"].lower() if "sha" in values else None,
            branch=values.get("branch") or known.branch,
            stage=values.get("stage") or known.stage,
            started_at=started,
        )
        at = day or (day_of(started, known.reporting_zone) if started else None)
        return Found(
            run,
            tuple(sorted(reports)),
            at or max(_age(report.path) for report in reports),
            _file_name(run, values),
            is_day_assumed=at is None,
        )

    def _build(self, repo: str, key: _Key) -> str:
        """The build's name in its repository; numbers are often counted by branch or pipeline."""
        values = dict(key)
        own = values.get("build") or values.get("sha", "")[:12] or values["date"]
        parts = (values.get("branch"), values.get("stage"), own)
        name = "/".join(part for part in parts if part)
        if self._builds.setdefault((repo, name), key) != key:
            raise PatternError(f"another run is build {name} of {repo}, too; it was taken first")
        return name


def _file_name(run: Run, values: dict[str, str]) -> str:
    parts = (run.repo, run.build, (run.sha or "")[:12], values.get("date") or "")
    known = "-".join(part for part in dict.fromkeys(parts) if part)
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in known) + ".zip"


def _age(path: Path) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
