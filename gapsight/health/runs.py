"""The last runs, read from Dagster's own history without Dagster; `gapsight run` writes to it as well."""

import fcntl
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gapsight.health import run_history
from gapsight.health.case import Case

SHOWN = 5
HEADLESS = "gapsight/headless"
"""Tag of the runs of a command: the log that it holds locked (orchestration.launcher, which needs Dagster)."""
HOST = "gapsight/host"
"""Tag with the name of the machine that a run is on (orchestration.launcher)."""
NOT_FETCHED = "gapsight/not-fetched"
"""Tag of such a run that failed in nothing but fetching (orchestration.launcher): what was not fetched."""
_FETCH_FAILED = "not fetched"
_LANDED = "landed__"
"""How the steps that fetch are called."""
_EXAMINED_FAILURES = 20

_OUTCOMES = {"SUCCESS": "ok", "FAILURE": "fail", "CANCELED": "stopped"}
_SCHEDULED = {"dagster/schedule_name": "schedule", "dagster/sensor_name": "sensor"}
_OWN_JOBS = ("ingest", "load", "build", "watch")
_LONG = timedelta(hours=1)


@dataclass
class RunState:
    """One run: a job of Dagster, or all jobs of one `gapsight run`."""

    jobs: list[str]
    started_by: str
    started_at: datetime
    minutes: float | None
    """From its start to its end; None while it has none."""
    outcome: str
    """ok, fail, stopped, killed, running; not fetched: everything else went well; or unfinished: without
    an end for longer than runs take."""
    log: str | None = None
    """Of a command; the oldest logs are removed."""
    run_ids: list[str] = field(default_factory=list)
    not_fetched: str = ""
    """The interfaces that could not be fetched, in a run that failed in nothing else."""


def examine_runs(case: Case) -> list[RunState] | None:
    """Return the last runs, newest first; what the latest of each job lacks is a finding."""
    kept = run_history.of(case.settings)
    if kept is None:
        return None
    try:
        jobs = [_run(case, row, tags) for row, tags in _with_failed_fetches(kept)]
    except (run_history.UnreadableError, ValueError, TypeError, OverflowError) as error:
        case.find("unknown", f"the history of runs cannot be read: {error}", kept.what_to_do)
        return None
    _judge(case, jobs)
    return _joined(jobs)[:SHOWN]


def _with_failed_fetches(kept: run_history.History) -> list[tuple[run_history.Row, dict[str, str]]]:
    """Rows and tags; a run of the UI that failed in nothing but fetching is tagged as a command's would be."""
    rows = kept.rows()
    failed = [(row, tags) for row, tags in rows if row[2] == "FAILURE" and NOT_FETCHED not in tags]
    for row, tags in failed[:_EXAMINED_FAILURES]:
        steps = kept.failed_steps(row[0])
        if steps and all(step.startswith(_LANDED) for step in steps):
            tags[NOT_FETCHED] = ", ".join(sorted(step.removeprefix(_LANDED) for step in steps))
    return rows


def _run(case: Case, row: tuple[Any, ...], tags: Mapping[str, str]) -> RunState:
    run_id, job, status, created, start, end = row
    began = (
        datetime.fromtimestamp(start, UTC)
        if start
        else datetime.fromisoformat(str(created)).replace(tzinfo=UTC)
    )
    log = tags[HEADLESS] if tags.get(HEADLESS, "").endswith(".log") else None
    return RunState(
        jobs=["materialize" if str(job).startswith("__") else str(job)],
        started_by=_started_by(tags),
        started_at=case.local(began),
        minutes=(end - start) / 60 if start and end else None,
        outcome=_outcome(status, tags) or _without_end(began, _visible(case, log, tags)),
        log=log,
        run_ids=[run_id],
        not_fetched=tags.get(NOT_FETCHED, ""),
    )


def _outcome(status: str, tags: Mapping[str, str]) -> str | None:
    if status == "FAILURE" and NOT_FETCHED in tags:
        return _FETCH_FAILED
    return _OUTCOMES.get(status)


def _started_by(tags: Mapping[str, str]) -> str:
    if HEADLESS in tags:
        return "gapsight run"
    if "dagster/backfill" in tags:
        return f"backfill {tags['dagster/backfill']}"
    named = (f"{kind} {tags[key]}" for key, kind in _SCHEDULED.items() if key in tags)
    return next(named, "UI")


def _visible(case: Case, log: str | None, tags: Mapping[str, str]) -> str | None:
    """The log, unless it is on another machine, of those that share a database, and cannot be seen from here."""
    here = socket.gethostname()
    is_elsewhere = case.settings.postgres_env is not None and tags.get(HOST, here) != here
    return None if log and is_elsewhere and not Path(log).exists() else log


def _without_end(began: datetime, log: str | None) -> str:
    """Tell running from dead: a command holds its log locked for as long as it lives."""
    if log:
        return "running" if _is_held(Path(log)) else "killed"
    return "unfinished" if datetime.now(UTC) - began > _LONG else "running"


def _is_held(log: Path) -> bool:
    try:
        with log.open("rb") as there:
            fcntl.flock(there, fcntl.LOCK_SH | fcntl.LOCK_NB)  # let go of at once
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _joined(jobs: list[RunState]) -> list[RunState]:
    """Join the jobs of one command, which share a log."""
    joined: list[RunState] = []
    for job in jobs:
        later = joined[-1] if joined else None
        if later is None or job.log is None or later.log != job.log:
            joined.append(job)
            continue
        end = later.started_at + timedelta(minutes=later.minutes or 0)
        is_over = later.minutes is not None
        joined[-1] = RunState(
            jobs=job.jobs + later.jobs,
            started_by=job.started_by,
            started_at=job.started_at,
            minutes=(end - job.started_at).total_seconds() / 60 if is_over else None,
            outcome=job.outcome if later.outcome == "ok" else later.outcome,
            log=job.log,
            run_ids=job.run_ids + later.run_ids,
            not_fetched=job.not_fetched or later.not_fetched,
        )
    return joined


def _judge(case: Case, jobs: list[RunState]) -> None:
    """Judge the latest of each job; one by hand that failed is forgotten once anything went well."""
    judged: set[str] = set()
    is_well = False
    for run in jobs:
        (job,) = run.jobs
        if job not in judged and (job in _OWN_JOBS or not is_well):
            _judge_run(case, run, job)
        judged.add(job)
        is_well |= run.outcome in ("ok", _FETCH_FAILED)
    if jobs and case.is_old(jobs[0].started_at):
        case.find(
            "stale",
            f"the last run began {case.age(jobs[0].started_at)} days ago",
            "gapsight run, each night by cron; or leave gapsight dev running, which has a schedule",
        )


def _judge_run(case: Case, run: RunState, job: str) -> None:
    log = run.log if run.log and Path(run.log).is_file() else None
    look = f"read {log}" if log else f"gapsight dev, Runs, {run.run_ids[0][:8]}"
    begun = f"{run.started_at:%Y-%m-%d %H:%M}"
    if run.outcome == "fail":
        what = f"the last {job} failed, begun {begun}"
        case.find("error", what, f"{look}; correct that, then gapsight run")
    elif run.outcome == _FETCH_FAILED:
        what = f"the last {job} could not fetch {run.not_fetched}; it loaded the files that lie in the inbox"
        case.find("warning", f"{what}, begun {begun}", f"{look}; correct that, then gapsight run")
    elif run.outcome == "killed":
        what = f"the last {job} was killed, begun {begun}"
        case.find("warning", what, "gapsight run: it goes on where that one ended")
    elif run.outcome == "unfinished":
        what = f"the last {job} has no end, begun {begun}"
        case.find("warning", what, f"see whether it is still at work: {look}")
