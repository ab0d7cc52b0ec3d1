"""Artifacts of a workflow run: which of them are wanted, and what is in one.

They expire (410, or `expired` in the list), are as large as a job makes them, and come by a redirect
to a storage host. REST lists those of all attempts of a run; since 2025 with a digest.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Annotated, BinaryIO
from urllib.parse import quote

import msgspec

from ingest.apis import ApiError, GoneError, NothingThereError, TooLargeError
from ingest.apis.github_rest import GitHub
from ingest.apis.github_runs import Run, Stamp
from ingest.ci.artifact import Contents, contents
from ingest.ci.manifest import Manifest, Stage
from ingest.privacy import excerpt

EXPIRED = "it had expired before it was fetched"
_SHA256 = "sha256:"
_CHUNK = 1 << 20
_NAME_LENGTH = 100
_PLAIN = " ()+,=@&'!"


@dataclass(frozen=True)
class Wanted:
    """What the settings say of a run."""

    repo: str
    artifacts: tuple[str, ...]
    most_bytes: int
    stage: Stage | None = None
    blocking: bool | None = None
    environment: str | None = None
    expected: tuple[str, ...] = ()
    suites: Mapping[str, str] | None = None

    def suite_of(self, artifact: str) -> str | None:
        """The suite that an artifact delivers, if the settings say one."""
        found = (suite for like, suite in (self.suites or {}).items() if _fits(artifact, (like,)))
        return next(found, None)


class Artifact(msgspec.Struct, kw_only=True):
    """One artifact as GitHub lists it."""

    id: int
    name: Annotated[str, msgspec.Meta(max_length=500)]
    size_in_bytes: int = 0
    expired: bool = False
    created_at: Stamp | None = None
    digest: str | None = None


class _Page(msgspec.Struct):
    artifacts: list[Artifact]

    def __len__(self) -> int:
        return len(self.artifacts)


class _NotHereError(Exception):
    """An artifact that cannot be had, and why."""


class Artifacts:
    """The artifacts of one run."""

    def __init__(
        self, github: GitHub, run: Run, wanted: Wanted, *, note: Callable[[str], None]
    ) -> None:
        self._github, self._run, self._wanted, self._note = github, run, wanted, note

    def listed(self) -> list[Artifact]:
        """Those whose names fit the settings, of all attempts."""
        path = f"actions/runs/{self._run.id}/artifacts"
        try:
            found = [one for page in self._github.pages(path, _Page) for one in page.artifacts]
        except NothingThereError:
            self._note("runs were deleted while they were read")
            return []
        return [one for one in found if one.name and _fits(one.name, self._wanted.artifacts)]

    def look_into(self, artifact: Artifact, stack: ExitStack) -> Contents:
        """Download an artifact; its files stay open with the stack. What cannot be had is a problem."""
        try:
            body = self._downloaded(artifact, stack)
        except _NotHereError as fault:
            return Contents(problems=[str(fault)])
        found = contents(body, artifact.name, stack, refuse=self._refuse)
        if found.refused:
            self._note(f"bundles are read as plain reports: {found.refused}")
        return found

    def _downloaded(self, artifact: Artifact, stack: ExitStack) -> BinaryIO:
        most = self._wanted.most_bytes
        too_large = f"it has more than {most:,} bytes, the limit"
        if artifact.expired:
            raise self._not_here(EXPIRED, "had expired before they were fetched")
        if artifact.size_in_bytes > most:
            raise self._not_here(too_large, "are larger than max_artifact_bytes")
        path = f"actions/artifacts/{artifact.id}/zip"
        try:
            body = stack.enter_context(self._github.file(path, most)).body
        except (GoneError, NothingThereError):
            raise self._not_here(EXPIRED, "had expired before they were fetched") from None
        except TooLargeError:
            raise self._not_here(too_large, "are larger than max_artifact_bytes") from None
        stated = (artifact.digest or "").partition(_SHA256)[2].lower()
        if stated and stated != _sha256(body):
            name = excerpt(artifact.name)
            raise ApiError(f"artifact '{name}' came other than GitHub says; fetch it again")
        return body

    def _not_here(self, problem: str, what: str) -> _NotHereError:
        self._note(f"artifacts {what}")
        return _NotHereError(problem)

    def _refuse(self, manifest: Manifest) -> str | None:
        """Whoever may open a pull request may write into a manifest what he likes."""
        if self._run.is_fork:
            return "they were packed in a fork"
        if manifest.repo != self._wanted.repo:
            return f"they name a repository other than {self._wanted.repo}"
        return None


def newest_by_name(listed: Iterable[Artifact]) -> list[Artifact]:
    """One artifact of each name, sorted by it: a job that tries again uploads the same name again."""
    newest = {one.name: one for one in sorted(listed, key=lambda one: one.id)}
    return [newest[name] for name in sorted(newest)]


def folder_of(artifact: str) -> str:
    """The folder of an artifact's files in a bundle: its name, without what leads elsewhere."""
    name = quote(artifact, safe=_PLAIN)[:_NAME_LENGTH]
    return f"_{name}" if not name.strip(".") else name


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch(name.lower(), pattern.lower()) for pattern in patterns)


def _sha256(body: BinaryIO) -> str:
    total = hashlib.sha256()
    body.seek(0)
    while chunk := body.read(_CHUNK):
        total.update(chunk)
    return total.hexdigest()
