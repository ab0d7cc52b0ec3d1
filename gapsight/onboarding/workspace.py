"""`gapsight init` from end to end: which files, what they say, what is written."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from gapsight.onboarding.draft import Draft, make_draft
from gapsight.onboarding.facts import Facts, Place
from gapsight.onboarding.landing import Target, land
from gapsight.onboarding.logs import Log, name_logs
from gapsight.onboarding.reading import Task, file_day, read_all, recognise
from gapsight.onboarding.report import draft_text
from gapsight.onboarding.repos import Clone, read_clone
from gapsight.onboarding.words import flow_name
from gapsight.onboarding.writing import (
    Workspace,
    Written,
    free_name,
    known_flows,
    settings_text,
    write_seeds,
)
from gapsight.seeds import effective_seed
from ingest import sources
from ingest.source import Context, FormatError
from orchestration.inbox import list_units
from orchestration.settings import Settings, load
from orchestration.workspace_file import FILE_NAME

_SOURCES = ("access_log", "mixpanel", "ci_bundle")
_NEWEST = {"access_log": 60, "mixpanel": 60, "ci_bundle": 40}
"""So many newest files of an inbox are read: a draft needs names, not history."""

Stage = Callable[[str, int | None], None]


class NothingReadError(Exception):
    """There is nothing to make a draft from; the message says what was looked at."""


@dataclass(frozen=True)
class Ask:
    """What the user asked for."""

    folder: Path
    files: Sequence[Path] = ()
    clones: Sequence[Path] = ()
    zone: str | None = None
    load: bool = False
    sha: str | None = None
    """The commit that loose reports are of, where no clone says it."""


@dataclass
class Outcome:
    """What was drafted and written."""

    facts: Facts
    draft: Draft
    written: Written
    report: Path
    zone: str
    first_day: date
    """Nothing before it is loaded."""
    landed: list[Path] = field(default_factory=list)


class Onboarding:
    """One draft. `stage` and `advance` are told how far it is."""

    def __init__(self, ask: Ask, stage: Stage, advance: Callable[[str], None]) -> None:
        self._ask, self._stage, self._advance = ask, stage, advance
        has_settings = (ask.folder / FILE_NAME).is_file()
        self._settings: Settings | None = load(ask.folder) if has_settings else None
        self._name = self._settings.name if self._settings else _name_of(ask.folder)
        self._zone = self._settings.reporting_zone if self._settings else ask.zone or "UTC"
        self._clones: list[Clone] = []
        self._logs: dict[Path, Log] = {}

    @property
    def inbox(self) -> Path:
        """The workspace's inbox, whether it exists or not."""
        return self._settings.paths.inbox if self._settings else self._ask.folder / "var" / "inbox"

    def run(self, safe: Callable[[str], str]) -> Outcome:
        """Read, draft and write; NothingReadError if no file could be used."""
        facts = Facts()
        self._clones = [read_clone(path) for path in self._ask.clones]
        for clone in self._clones:
            facts.tracked.update({Place(clone.name, path): 1 for path in clone.files})
        tasks = list(self._tasks(facts))
        self._stage("read", len(tasks))
        read_all(tasks, facts, self._advance)
        self._require_something(facts)
        draft = make_draft(facts, self._product(), self._existing_flows())
        return self._write(facts, draft, safe)

    def _require_something(self, facts: Facts) -> None:
        if any(seen.first for seen in facts.files) or (self._settings and facts.tracked):
            return
        looked = [f"{seen.path}: {seen.problem or 'no row with a day'}" for seen in facts.files]
        where = looked[:10] or [f"{self.inbox}: no file"]
        raise NothingReadError("\n".join(["nothing to make a draft from", *where]))

    def _product(self) -> str:
        """One product to begin with; the word `all` means something else."""
        return self._name if self._name != "all" else "product"

    def _existing_flows(self) -> dict[str, str] | None:
        seeds = self._ask.folder / "seeds"
        if not (seeds / "flow_catalog.csv").is_file():
            return None
        return known_flows(row.values for row in effective_seed("flow_catalog", seeds).rows)

    def _tasks(self, facts: Facts) -> Iterator[Task]:
        given = list(_expanded(self._ask.files))
        if not given:
            yield from self._inbox_tasks(facts)
            return
        formats = {path: _format_of(path) for path in given}
        logs = [path for path, name in formats.items() if name == "access_log"]
        self._logs = name_logs(logs, self._name)
        for path in given:
            log = self._logs.get(path)
            yield self._task(path, formats[path], log=log, day=file_day(path))

    def _inbox_tasks(self, facts: Facts) -> Iterator[Task]:
        for source in _SOURCES:
            units = [(self.inbox / u.path, u.day) for u in list_units(self.inbox, source)]
            units += [(path, file_day(path)) for path in _dropped(self.inbox / source)]
            units.sort(key=lambda unit: (unit[1], unit[0].name))
            newest = units[-_NEWEST[source] :]
            if len(units) > len(newest):
                facts.skipped[source] = len(units) - len(newest)
            logs = name_logs([path for path, _ in newest], self._name)
            for path, day in newest:
                log = logs[path] if source == "access_log" else None
                yield self._task(path, source, log=log, day=day)

    def _task(self, path: Path, source: str | None, *, log: Log | None, day: date) -> Task:
        context = Context(folder_day=day, name=path.name, reporting_zone=self._zone)
        if self._settings and source and sources.get(source).landed:
            context = self._settings.context(source, folder_day=day, name=path.name)
        elif log:
            options = {"files": [{"match": "*", "service": log.service}]}
            context = Context(
                folder_day=day, name=path.name, reporting_zone=self._zone, options=options
            )
        return Task(
            path,
            context,
            sources.get(source) if source else None,
            service=log.service if log else "",
            match=log.match if log else "",
            repo=self._clones[0].name if len(self._clones) == 1 else "*",
        )

    def _write(self, facts: Facts, draft: Draft, safe: Callable[[str], str]) -> Outcome:
        folder, into = self._ask.folder, Written()
        folder.mkdir(parents=True, exist_ok=True)
        workspace = Workspace(folder, self._name, self._zone, self._clones)
        into.put(folder / FILE_NAME, settings_text(workspace, facts))
        write_seeds(folder / "seeds", draft, into)
        if not (folder / ".gitignore").exists():
            into.put(folder / ".gitignore", "/var/\n")
        text = draft_text(facts, draft, into.kept, safe=safe)
        report = free_name(folder, "draft", text)
        if not report.exists():
            into.put(report, text)
        landed = list(self._land(facts)) if self._ask.load else []
        first = self._settings.first_day if self._settings else facts.first_day or date.min
        return Outcome(facts, draft, into, report, self._zone, first, landed)

    def _land(self, facts: Facts) -> Iterator[Path]:
        names = {path: log.name for path, log in self._logs.items()}
        clone = self._clones[0] if len(self._clones) == 1 else None
        target = Target(
            self.inbox,
            self._zone,
            clone.name if clone else self._name,
            clone.branch if clone else None,
            self._ask.sha or (clone.head if clone else None),
            facts.last_usage_day,
        )
        self._stage("load", len(facts.files))
        for path in land(facts.files, names, target):
            self._advance(path.name)
            yield path


def _name_of(folder: Path) -> str:
    name = flow_name(folder.absolute().name).replace("_", "-")
    return name or "workspace"


def _expanded(paths: Sequence[Path]) -> Iterator[Path]:
    """Files as they are; of a folder all files below it, unless it is one CI bundle."""
    for path in paths:
        if not path.is_dir() or (path / "manifest.json").is_file():
            yield path
            continue
        yield from (
            file
            for file in sorted(path.rglob("*"))
            if file.is_file() and not any(p.startswith(".") for p in file.relative_to(path).parts)
        )


def _format_of(path: Path) -> str | None:
    """The name of a file's format; None if there is none, which reading it will then say."""
    try:
        return recognise(path).name
    except (FormatError, OSError):
        return None


def _dropped(folder: Path) -> Iterator[Path]:
    """Files that lie beside the day folders and will be moved into one by the next run."""
    if folder.is_dir():
        yield from (p for p in sorted(folder.iterdir()) if p.is_file() and p.name[0] != ".")
