"""Workflow runs of GitHub Actions: what the API says of a run, and which were created in a stretch of time.

A search gives 1,000 runs at most, so that a stretch with more is halved until each half has fewer.
Source: docs.github.com, REST API 2022-11-28, "Workflow runs" and "Workflow jobs".
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from ingest.apis import ApiError, NothingThereError
from ingest.apis.github_rest import GitHub
from ingest.privacy import excerpt

_MOST_RUNS = 1000
_TRIES = 3
_SECOND = timedelta(seconds=1)

Stamp = Annotated[datetime, msgspec.Meta(tz=True)]


class _Repository(msgspec.Struct):
    full_name: str = ""


class _Pull(msgspec.Struct):
    number: int


class Run(msgspec.Struct, kw_only=True):
    """One attempt of a run: the newest in a list, any in an answer of its own."""

    id: int
    name: str | None = None
    path: str | None = None
    event: str = ""
    conclusion: str | None = None
    head_sha: str
    head_branch: str | None = None
    run_attempt: int = 1
    created_at: Stamp
    run_started_at: Stamp | None = None
    updated_at: Stamp | None = None
    pull_requests: list[_Pull] | None = None
    repository: _Repository | None = None
    head_repository: _Repository | None = None

    @property
    def started_at(self) -> datetime:
        """When this attempt began."""
        return self.run_started_at or self.created_at

    @property
    def is_fork(self) -> bool:
        """Whether its commit, and with it the workflow itself, comes from somebody else's repository."""
        if self.repository is None:
            return False
        return self.head_repository is None or self.head_repository != self.repository

    @property
    def branch(self) -> str | None:
        """The branch; one of a fork with its owner, as GitHub writes it: a fork has a main, too."""
        if self.head_branch and self.is_fork:
            whose = self.head_repository.full_name if self.head_repository else "deleted"
            return f"{whose.partition('/')[0]}:{self.head_branch}"
        return self.head_branch or None

    @property
    def workflow(self) -> str:
        """The workflow's name, else the path of its file."""
        return self.name or self.path or ""


class _Job(msgspec.Struct):
    name: str = ""
    conclusion: str | None = None
    started_at: Stamp | None = None


class _Jobs(msgspec.Struct):
    jobs: list[_Job]

    def __len__(self) -> int:
        return len(self.jobs)


class _Page(msgspec.Struct):
    total_count: int
    workflow_runs: list[Run]

    def __len__(self) -> int:
        return len(self.workflow_runs)


def runs_created(
    github: GitHub, first: datetime, last: datetime, *, note: Callable[[str], None]
) -> Iterator[Run]:
    """Each run that has ended of those created from `first` to `last` (UTC, both included), once."""
    for _ in range(_TRIES):
        found: dict[int, Run] = {}
        total = 0
        for page in github.search("actions/runs", _Page, **_between(first, last)):
            total = max(total, page.total_count)
            if total >= _MOST_RUNS and last > first:
                middle = first + (last - first) // 2
                middle = middle.replace(microsecond=0)
                yield from runs_created(github, first, middle, note=note)
                yield from runs_created(github, middle + _SECOND, last, note=note)
                return
            found |= {run.id: run for run in page.workflow_runs}
        if total > _MOST_RUNS:
            raise ApiError(f"GitHub lists {_MOST_RUNS} of {total} runs of {first}")
        if len(found) >= total:
            break
        # A run that is started again while the pages are read leaves the list, and the others move up.
    else:
        note("GitHub counted more runs than it listed; fetch the day again")
    yield from (found[number] for number in sorted(found))


def jobs_of(
    github: GitHub, run: int, attempt: int, *, since: datetime
) -> list[dict[str, str | None]]:
    """Name and conclusion of the jobs that ran in an attempt, as a manifest says them.

    Jobs that it took over from the attempt before are listed with it or not; they began before it.
    """
    try:
        pages = github.pages(f"actions/runs/{run}/attempts/{attempt}/jobs", _Jobs)
        jobs = [job for page in pages for job in page.jobs]
    except NothingThereError:
        return []
    own = (job for job in jobs if not job.started_at or job.started_at >= since)
    named = ((excerpt(job.name), job.conclusion) for job in own)
    return [{"name": name, "conclusion": ended} for name, ended in named if name]


def _between(first: datetime, last: datetime) -> dict[str, str]:
    span = "..".join(f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (first, last))
    return {"created": span, "status": "completed"}
