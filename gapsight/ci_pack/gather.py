"""What is known of the run: from options, else from the CI system, else from the git clone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from gapsight.ci_import.bundle import Report, Run, first_moment
from gapsight.ci_pack.clone import Clone, clone_at
from gapsight.ci_pack.systems import told_by
from gapsight.ci_pack.told import Environment, Told, commit
from ingest.ci.manifest import Job
from ingest.ci.moments import moment
from ingest.source import Context

_NO = ("", "0", "false", "no")


class UnknownRunError(ValueError):
    """Something without which there is no bundle is not known; the message names the option."""


@dataclass(frozen=True)
class Given:
    """What options say; None: nothing."""

    repo: str | None = None
    build: str | None = None
    attempt: int | None = None
    sha: str | None = None
    base_sha: str | None = None
    branch: str | None = None
    pr: str | None = None
    pipeline: str | None = None
    stage: str | None = None
    blocking: bool | None = None
    environment: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    jobs: Sequence[Job] = ()
    expected: Sequence[str] = ()
    zone: str | None = None
    """Zone of stamps that carry none."""


@dataclass(frozen=True)
class Gathered:
    """A run, who told of it, and what of that deserves a look."""

    run: Run
    system: str
    label: str | None
    """The job that packs, for the bundle's name."""
    notes: tuple[str, ...]


def gather(given: Given, env: Environment, here: Path, *, reports: Sequence[Report]) -> Gathered:
    """Everything that is known of the run whose reports these are, or UnknownRunError."""
    return _Gathering(given, env, here).gathered(reports)


@dataclass
class _Gathering:
    given: Given
    env: Environment
    here: Path
    notes: list[str] = field(default_factory=list)

    @cached_property
    def told(self) -> Told:
        return told_by(self.env) or Told(system="")

    @cached_property
    def clone(self) -> Clone | None:
        return clone_at(self.here)

    def gathered(self, reports: Sequence[Report]) -> Gathered:
        given, told = self.given, self.told
        sha = given.sha or self._sha()
        if not given.sha:
            self.notes += told.notes
        run = Run(
            repo=given.repo or told.repo or self._repo(),
            build=given.build or told.build or self._build(sha),
            attempt=given.attempt or told.attempt,
            sha=sha,
            base_sha=given.base_sha or told.base_sha or self._base(sha),
            branch=given.branch or told.branch or self._branch(),
            pr=given.pr or told.pr,
            pipeline=given.pipeline or told.pipeline,
            stage=given.stage or told.stage,
            blocking=given.blocking,
            environment=given.environment,
            facts=given.facts,
            started_at=self._started(reports),
            finished_at=self._moment("finished-at", given.finished_at),
            jobs=self._jobs(),
            expected_suites=tuple(dict.fromkeys(given.expected)),
        )
        system = told.system or ("the git clone" if self.clone else "")
        return Gathered(run, system, self._label(), tuple(self.notes))

    def _sha(self) -> str | None:
        told = self.told
        if change := self._change(told):
            self.notes.append(
                "GIT_COMMIT is a merge that Jenkins made for this run; the sha is its first parent,"
                " the change's own"
            )
            return change
        if told.sha or told.notes or not self.clone:  # notes: what is checked out is not the change
            return told.sha
        if not told.system and self.clone.is_changed:
            self.notes.append(
                "the clone has changes that no commit holds: its sha says only almost"
            )
        return self.clone.sha

    def _change(self, told: Told) -> str | None:
        if told.may_be_a_merge and told.sha and self.clone:
            return self.clone.change_of(told.sha)
        return None

    def _repo(self) -> str:
        if self.clone:
            return self.clone.repo
        raise UnknownRunError("nothing says which repository this is: give --repo")

    def _build(self, sha: str | None) -> str:
        if self.told.system:
            raise UnknownRunError(
                f"{self.told.system} does not say which build this is: give --build"
            )
        if self.env.get("CI", "").strip().lower() not in _NO:
            raise UnknownRunError(
                "this CI system is not known: give --build, and what else is missing"
            )
        if sha:
            return f"local-{sha[:12]}"
        raise UnknownRunError("there is no CI system and no git clone: give --build")

    def _base(self, sha: str | None) -> str | None:
        known = commit(sha)
        return self.clone.base_of(known, self.told.target) if known and self.clone else None

    def _branch(self) -> str | None:
        return self.clone.branch if self.clone and not self.told.system else None

    def _started(self, reports: Sequence[Report]) -> datetime | None:
        """As told; else when the first test of the reports began."""
        if found := self._moment("started-at", self.given.started_at):
            return found
        told = moment(self.told.started_at, self._context)
        return told.at if told else first_moment(reports, self.given.zone)

    def _moment(self, option: str, text: str | None) -> datetime | None:
        if text is None:
            return None
        found = moment(text, self._context)
        if found is None or found.at is None:
            raise UnknownRunError(f"--{option} '{text}' is no time; write 2026-06-30T09:12:00Z")
        return found.at

    @property
    def _context(self) -> Context:
        return Context(folder_day=date.min, source_zone=self.given.zone)

    def _jobs(self) -> tuple[Job, ...]:
        if self.given.jobs:
            return tuple(self.given.jobs)
        label = self._label()
        return (Job(name=label, conclusion=self.told.conclusion),) if label else ()

    def _label(self) -> str | None:
        """The job's name with its place among its like, as `e2e 2/4`."""
        jobs, place = self.given.jobs, self.told.place
        name = jobs[0].name if len(jobs) == 1 else self.told.job
        return f"{name} {place}" if name and place and not name.endswith(place) else name
