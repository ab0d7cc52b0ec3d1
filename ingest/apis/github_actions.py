"""GitHub Actions: the artifacts of each run attempt, as one CI bundle for `ingest.sources.ci_bundle`.

A day's runs are those created on it, whenever they ended or were run again: a run is looked at once
more when GitHub says that it changed. A bundle lies in the folder of that day, named by repository,
run and attempt. What `gapsight pack` packed in CI is kept as it is, beside it.
Source: docs.github.com, REST API 2022-11-28, "Workflow runs", "Workflow jobs" and "Artifacts".
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from fnmatch import fnmatch
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec

from ingest.apis import Access, Api, Landed, Question, Window, Windows, account_of
from ingest.apis.github_artifacts import Wanted
from ingest.apis.github_attempts import Attempts
from ingest.apis.github_rest import RATE, Account, GitHub, question
from ingest.apis.github_runs import Run, runs_created
from ingest.ci.manifest import Stage, Text

_RIGHT = "the repository permission Actions: read (a classic token: repo)"
_SECOND = timedelta(seconds=1)
_CLOCKS_DIFFER = timedelta(hours=1)
"""Ours and GitHub's, and the time its search takes to know of a run."""


class _Workflow(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`[[fetch.github_actions.workflows]]`: what runs of a workflow are for; the first that fits counts."""

    name: str = "*"
    """A pattern for the workflow's name or the path of its file."""
    event: str = "*"
    """A pattern for what started it: push, pull_request, schedule ..."""
    skip: bool = False
    stage: Stage | None = None
    blocking: bool | None = None
    environment: Text | None = None
    expected_suites: tuple[Text, ...] = ()
    """Suites that each run shall deliver."""
    suites: dict[str, Text] = {}
    """Pattern of an artifact's name -> the suite it delivers, where its name or folders do not say it."""


class _Account(Account, kw_only=True, forbid_unknown_fields=True):
    """`[[fetch.github_actions]]`: a repository, and which artifacts of its runs."""

    artifacts: tuple[str, ...] = ("*test*", "*report*", "*coverage*", "gapsight*")
    max_artifact_bytes: Annotated[int, msgspec.Meta(gt=0)] = 1 << 30
    workflows: tuple[_Workflow, ...] = ()


def _fetch(entry: Mapping[str, Any], window: Window, access: Access) -> Iterator[Landed]:
    """Yield the bundles of each run that was created in the window and is news."""
    account = account_of(entry, _Account)
    github = GitHub(entry, access, right=_RIGHT)
    zone = ZoneInfo(window.reporting_zone)
    begin = datetime.combine(window.first_day, time(), zone).astimezone(UTC)
    end = datetime.combine(window.last_day + timedelta(days=1), time(), zone).astimezone(UTC)
    for run in runs_created(github, begin, end - _SECOND, note=access.note):
        workflow = next((one for one in account.workflows if _fits(one, run)), _Workflow())
        if workflow.skip or not _is_news(run, window):
            continue
        day = run.created_at.astimezone(zone).date()
        day = min(max(day, window.first_day), window.last_day)
        yield from Attempts(
            github, run, _wanted(account, workflow), access=access, day=day
        ).landed()


def _probe(entry: Mapping[str, Any]) -> Question:
    return question(entry, right=_RIGHT)


def _fits(workflow: _Workflow, run: Run) -> bool:
    names = (run.workflow, run.path or "", (run.path or "").rpartition("/")[2])
    return fnmatch(run.event, workflow.event) and any(fnmatch(n, workflow.name) for n in names)


def _is_news(run: Run, window: Window) -> bool:
    """Whether it may have changed since it was looked at: it ended, or was run again."""
    if window.fetched_at is None or run.updated_at is None:
        return True
    return run.updated_at >= window.fetched_at - _CLOCKS_DIFFER


def _wanted(account: _Account, workflow: _Workflow) -> Wanted:
    return Wanted(
        repo=account.name,
        artifacts=account.artifacts,
        most_bytes=account.max_artifact_bytes,
        stage=workflow.stage,
        blocking=workflow.blocking,
        environment=workflow.environment,
        expected=workflow.expected_suites,
        suites=workflow.suites,
    )


API = Api(
    "github_actions",
    "ci_bundle",
    "fetch.github_actions",
    # A run may be run again for 30 days after it was created, and takes its time to end.
    Windows(days_again=31, days_per_call=1),
    _fetch,
    options=_Account,
    rate=RATE,
    probe=_probe,
)
