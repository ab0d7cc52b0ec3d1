"""The attempts of one workflow run, each as a bundle of its own.

Artifacts belong to a run, not to an attempt: one goes to the attempt in whose time it was made. Those
of an earlier attempt may be gone once the run was started again, so that what lies in the inbox is
never made less: its reports are taken from there, and only what it lacks is downloaded.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast
from urllib.parse import quote

import msgspec

from ingest.apis import Access, ApiError, Landed, NothingThereError
from ingest.apis.github_artifacts import EXPIRED, Artifacts, Wanted, folder_of, newest_by_name
from ingest.apis.github_artifacts import Artifact as GitHubArtifact
from ingest.apis.github_rest import GitHub
from ingest.apis.github_runs import Run, jobs_of
from ingest.ci import manifest as bundle_manifest
from ingest.ci.bundle_file import Bundle, Part, open_bundle, write_bundle
from ingest.ci.manifest import SHA, Artifact
from ingest.files.archive import ArchiveError
from ingest.files.packed import bare_name
from ingest.source import FormatError

_NOTHING_RAN = frozenset(("skipped", "action_required", "stale"))
"""Conclusions of runs that never began: nobody expects a report of them."""
_FACTS = (
    "repo", "sha", "branch", "build", "attempt", "pr", "pipeline", "started_at", "finished_at", "jobs",
)  # fmt: skip
_LONGEST = 500
"""Characters of a text in a manifest."""
_IN_MEMORY = 8 << 20


@dataclass
class _Attempt:
    """One attempt: as the inbox has it, else as GitHub says."""

    number: int
    started: datetime
    held: Bundle | None = None
    said: Run | None = None


@dataclass(frozen=True)
class _Content:
    """What there is of an attempt: artifacts by name, the reports in them."""

    artifacts: Mapping[str, Artifact]
    parts: list[Part]
    is_packed: bool
    """CI packed a bundle of this attempt itself."""

    @property
    def is_worth_a_bundle(self) -> bool:
        return bool(self.parts) or any(one.problem != EXPIRED for one in self.artifacts.values())

    def words(self, wanted: Wanted) -> set[str]:
        """The suites that came whole, as their artifact, folder or file calls them."""
        broken = {folder_of(name) for name, one in self.artifacts.items() if one.problem}
        found = {
            wanted.suite_of(name) or "" for name, one in self.artifacts.items() if not one.problem
        }
        for part in self.parts:
            path = PurePosixPath(bare_name(part.path))
            if path.parts[0] not in broken:
                found |= {path.stem, *path.parts[:-1]}
        return found


@dataclass
class _Before:
    """What the attempts before brought and ran: a rerun of the failed jobs leaves out the others."""

    suites: set[str] = field(default_factory=set)
    jobs: set[str] = field(default_factory=set)


class Attempts:
    """All attempts of a run."""

    def __init__(
        self, github: GitHub, run: Run, wanted: Wanted, *, access: Access, day: date
    ) -> None:
        """`run` as it was listed: its newest attempt; `day`: of the folder in the inbox."""
        self._github, self._run, self._wanted = github, run, wanted
        self._access, self._day = access, day
        self._artifacts = Artifacts(github, run, wanted, note=access.note)
        self._expected = () if run.conclusion in _NOTHING_RAN else wanted.expected

    def landed(self) -> Iterator[Landed]:
        """Each bundle that is not in the inbox as it would be made now, oldest attempt first."""
        with ExitStack() as stack:
            numbers = range(1, self._run.run_attempt + 1)
            held = {number: self._held(self._name(number), stack) for number in numbers}
            if self._are_archived(held):
                return
            listed = self._artifacts.listed()
            if not listed and not self._expected and not any(held.values()):
                return
            attempts = list(self._known(held))
            before = _Before()
            for attempt in attempts:
                theirs = [one for one in listed if _maker(attempts, one.created_at) is attempt]
                if self._is_left_alone(attempt, theirs):
                    continue
                with ExitStack() as files:
                    yield from self._bundles(attempt, theirs, before, files=files)

    def _are_archived(self, held: Mapping[int, Bundle | None]) -> bool:
        return all(
            bundle is None and self._access.loaded(self._day, self._name(number))
            for number, bundle in held.items()
        )

    def _is_left_alone(self, attempt: _Attempt, listed: list[GitHubArtifact]) -> bool:
        """What left the inbox after it was loaded, and earlier attempts of which nothing is listed.

        Its artifacts may be gone, and with less in the bundle rows would be lost; whether an earlier
        attempt delivered anything nobody knows any more.
        """
        if attempt.held:
            return False
        if self._access.loaded(self._day, self._name(attempt.number)):
            return True
        return attempt.number < self._run.run_attempt and not listed

    def _name(self, number: int, more: str = "") -> str:
        return f"{quote(self._wanted.repo, safe='')}-{self._run.id}-{number}{more}.zip"

    def _held(self, name: str, stack: ExitStack) -> Bundle | None:
        stream = self._access.held(self._day, name)
        return open_bundle(stack.enter_context(stream), stack) if stream else None

    def _known(self, held: Mapping[int, Bundle | None]) -> Iterator[_Attempt]:
        for number, bundle in held.items():
            if bundle and (began := _moment(bundle.manifest.started_at)):
                yield _Attempt(number, began, bundle)
                continue
            try:
                said = (
                    self._run
                    if number == self._run.run_attempt
                    else self._github.one(f"actions/runs/{self._run.id}/attempts/{number}", Run)
                )
            except NothingThereError:
                self._access.note("earlier attempts of a run are no longer known to GitHub")
                continue
            yield _Attempt(number, said.started_at, said=said)

    def _bundles(
        self, attempt: _Attempt, listed: list[GitHubArtifact], before: _Before, *, files: ExitStack
    ) -> Iterator[Landed]:
        held = attempt.held
        kept = {one.name: one for one in held.manifest.artifacts} if held else {}
        parts = list(held.parts) if held else []
        is_packed = False
        for artifact in newest_by_name(listed):
            if artifact.name in kept:
                continue
            folder = folder_of(artifact.name)
            if self._lies_there(self._name(attempt.number, f"-{folder}")):
                is_packed = True
                continue
            found = self._artifacts.look_into(artifact, files)
            # The first one last: when it lies in the inbox, so do the others.
            for number in range(len(found.bundles), 0, -1):
                is_packed = True
                more = f"-{folder}" + (f"-{number}" if number > 1 else "")
                name = self._name(attempt.number, more)
                yield Landed(self._day, name, found.bundles[number - 1])
            if found.problem or found.reports:
                kept[artifact.name] = Artifact(name=artifact.name, problem=found.problem)
                parts += [Part(f"{folder}/{part.path}", part.open) for part in found.reports]
        content = _Content(kept, parts, is_packed=is_packed)
        if content.is_worth_a_bundle or self._expected or held:
            yield from self._written(attempt, content, before)

    def _lies_there(self, name: str) -> bool:
        stream = self._access.held(self._day, name)
        if stream:
            stream.close()
        return stream is not None or self._access.loaded(self._day, name)

    def _written(self, attempt: _Attempt, content: _Content, before: _Before) -> Iterator[Landed]:
        """The attempt's own bundle, unless it lies there as it would be written."""
        facts = self._facts(attempt)
        expected = self._still_expected(facts, content, before)
        if not (content.is_worth_a_bundle or expected or attempt.held):
            return
        name = self._name(attempt.number)
        try:
            written = bundle_manifest.written(
                {**facts, **self._settled(content), "expected_suites": expected or None}
            )
        except FormatError as error:
            raise ApiError(f"run {self._run.id} of {self._wanted.repo}: {error}") from None
        held = attempt.held
        if held and held.written == written and len(held.parts) == len(content.parts):
            return
        with SpooledTemporaryFile(_IN_MEMORY) as file:
            target = cast("BinaryIO", file)
            try:
                write_bundle(target, written, content.parts)
            except ArchiveError as error:
                what = f"{name} in the inbox is damaged ({error})"
                raise ApiError(f"{what}; remove it, and fetch its day with --again") from None
            target.seek(0)
            yield Landed(self._day, name, target)

    def _still_expected(
        self, facts: Mapping[str, Any], content: _Content, before: _Before
    ) -> list[str]:
        """What this attempt owes: a rerun that left out jobs need not bring again what is there."""
        ran = {job["name"] for job in facts["jobs"] if job["conclusion"] != "skipped"}
        words = content.words(self._wanted)
        owed = [
            suite
            for suite in self._expected
            if suite in words or not (before.jobs - ran and suite in before.suites)
        ]
        before.jobs |= ran
        before.suites |= words
        return [] if content.is_packed else owed

    def _facts(self, attempt: _Attempt) -> dict[str, Any]:
        """What is known of an attempt, whatever the settings say of it."""
        if attempt.held:
            known = msgspec.to_builtins(attempt.held.manifest)
            return {name: known.get(name) for name in _FACTS}
        run = attempt.said or self._run
        pulls = run.pull_requests or []
        return {
            "repo": self._wanted.repo,
            "sha": run.head_sha if re.fullmatch(SHA, run.head_sha) else None,
            "branch": (run.branch or "")[:_LONGEST] or None,
            "build": str(run.id),
            "attempt": attempt.number,
            "pr": pulls[0].number if pulls else None,
            "pipeline": run.workflow[:_LONGEST] or None,
            "started_at": _text(run.started_at),
            "finished_at": _text(run.updated_at),
            "jobs": jobs_of(self._github, run.id, attempt.number, since=attempt.started),
        }

    def _settled(self, content: _Content) -> dict[str, Any]:
        """What the settings say of an attempt, which may change after it was fetched."""
        wanted = self._wanted
        # A fork brings its own workflows, under any name.
        is_trusted = not self._run.is_fork or wanted.stage == "merge"
        artifacts = [
            Artifact(name=one.name, suite=wanted.suite_of(one.name), problem=one.problem)
            for _, one in sorted(content.artifacts.items())
        ]
        folders = {part.path.partition("/")[0] for part in content.parts}
        listed = ((f"{folder_of(one.name)}", one.suite) for one in artifacts if one.suite)
        return {
            "repo": wanted.repo,
            "stage": wanted.stage if is_trusted else None,
            "blocking": wanted.blocking,
            "environment": wanted.environment,
            "reports": [
                {"path": f"{folder}/*", "suite": suite}
                for folder, suite in listed
                if folder in folders
            ],
            "artifacts": [_without_none(one) for one in artifacts],
        }


def _maker(attempts: list[_Attempt], created: datetime | None) -> _Attempt:
    """The attempt in whose time an artifact was made."""
    if created is None:
        return attempts[-1]
    return next((one for one in reversed(attempts) if one.started <= created), attempts[0])


def _without_none(artifact: Artifact) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(artifact)
    return {key: value for key, value in found.items() if value is not None}


def _moment(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else None


def _text(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None
