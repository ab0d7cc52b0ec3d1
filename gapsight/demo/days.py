"""Writes the inbox files of one day, which need nothing of any other day."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import msgspec

from gapsight.demo.access_logs import SERVICES, Counts, log_file
from gapsight.demo.bundles import bundles
from gapsight.demo.jira import Tracker
from gapsight.demo.mixpanel import event_file
from gapsight.demo.operations import Incident, deployments, incident_files, incidents
from gapsight.demo.output import gzipped, write
from gapsight.demo.plan import Plan, Run, plans
from gapsight.demo.rhythm import ZONE
from gapsight.demo.usage_counts import month_files
from gapsight.demo.world import Repo, world

_RECENT = timedelta(days=60)


class Job(msgspec.Struct, frozen=True):
    """One generation: where it goes and what it is made from."""

    target: str
    seed: int
    days: int
    until: date
    shas: dict[Repo, dict[int, str]]
    light: bool = False
    """Daily counts instead of logs and events, and of old CI runs one a working day."""

    @property
    def background(self) -> "Background":
        """What its days share."""
        return background(self.seed, self.until, self.days, light=self.light)

    @property
    def inbox(self) -> Path:
        """Where the files go."""
        return Path(self.target) / "inbox"


class DayFacts(msgspec.Struct):
    """What was counted while a day was written."""

    traffic: dict[str, Counts] = {}
    usage: dict[str, dict[date, int]] = {}
    """Uses of a flow by reporting day, in the unit its usage is counted in."""
    unmapped_routes: dict[str, int] = {}
    unmapped_events: dict[str, int] = {}


class Background(msgspec.Struct, frozen=True):
    """What all days share; made once in every process."""

    plans: Mapping[Repo, Plan]
    incidents: tuple[Incident, ...]
    tracker: Tracker


@cache
def background(seed: int, until: date, days: int, *, light: bool = False) -> Background:
    """Plan what is told of all days: commits and runs, incidents, issues."""
    made = plans(seed=seed, until=until, days=days, seasons=light)
    begin = next(iter(made.values())).begin
    told = incidents(made)
    tracker = Tracker(seed=seed, begin=begin, until=until, seasons=light)
    return Background(made, told, tracker)


def write_day(job: Job, day: date) -> DayFacts:
    """Write every inbox file of a day."""
    facts = DayFacts()
    shared = job.background
    if not job.light:
        _write_logs(job, day, facts)
        _write_events(job, day, facts)
    for repo, plan in shared.plans.items():
        for run in plan.runs:
            if run.started.astimezone(ZONE).date() == day and _is_written(job, run):
                for name, content in bundles(plan, run, job.shas[repo]).items():
                    write(job.inbox / f"ci_bundle/{day}/{name}", content)
    write(job.inbox / f"jira/{day}/search-{day}.json", shared.tracker.page(day))
    for name, content in incident_files(shared.incidents, day).items():
        write(job.inbox / f"incidents/{day}/{name}", content)
    told = [
        row for repo, plan in shared.plans.items() for row in deployments(plan, day, job.shas[repo])
    ]
    content = msgspec.json.format(msgspec.json.encode({"deployments": told}), indent=1)
    write(job.inbox / f"deployments/{day}/deployments-{day}.json", content)
    return facts


def _is_written(job: Job, run: Run) -> bool:
    """A light demo has every run of its last weeks, before them the day's first merge, which measures coverage."""
    is_old = job.light and job.until - run.day > _RECENT
    return not is_old or (run.stage == "merge" and run.coverage)


def write_counts(job: Job, first: date) -> DayFacts:
    """Write the usage of a light demo, from `first` on."""
    facts = DayFacts()
    for last, content, used in month_files(first, job.until, seed=job.seed):
        write(job.inbox / f"counts/{last}/usage-{last:%Y-%m}.csv", content)
        for flow, days in used.items():
            facts.usage.setdefault(flow, {}).update(days)
    return facts


def _write_logs(job: Job, day: date, facts: DayFacts) -> None:
    told = job.background.incidents
    for service in SERVICES:
        path = f"access_log/{day}/{service}-{day}.log.gz"
        log = log_file(service, day, seed=job.seed, incidents=told)
        write(job.inbox / path, gzipped(log.text.encode()))
        facts.traffic[path] = log.counts
        facts.unmapped_routes |= log.unmapped
        counted = {flow.name for flow in world().flow if flow.main_role is None}
        facts.usage |= {flow: {day: n} for flow, n in log.flows.items() if flow in counted}


def _write_events(job: Job, day: date, facts: DayFacts) -> None:
    path = f"mixpanel/{day}/export-{day}.ndjson.gz"
    events = event_file(day, seed=job.seed, last=day == job.until)
    write(job.inbox / path, gzipped(b"\n".join(events.lines) + b"\n"))
    facts.traffic[path] = events.counts
    facts.unmapped_events |= events.unmapped
    for (flow, when), count in events.flows.items():
        facts.usage.setdefault(flow, {})[when] = count
