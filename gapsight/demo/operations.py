"""Deployments and incidents as their tools tell of them, each version in the file of its day."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import msgspec

from gapsight.demo.plan import Plan, Run
from gapsight.demo.planted import PlantedIncident, planted
from gapsight.demo.rhythm import ZONE, stamp, utc
from gapsight.demo.world import Repo, components

_DEPLOY_DELAY, _DEPLOY_TAKES = timedelta(minutes=75), timedelta(minutes=6)
_BROKE_AFTER, _SEEN_AFTER = timedelta(minutes=18), timedelta(minutes=7)
_ALIASES = {"order-service": "orders"}
"""Names that only the on-call tool uses; flow_aliases.csv of the workspace knows them, too."""

Document = dict[str, Any]


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """A planted incident with its times and the last deployment to production in the day before it, if any."""

    id: str
    planted: PlantedIncident
    repo: Repo
    started: datetime
    resolved: datetime
    deployment: str | None

    @property
    def component(self) -> str:
        """The component as our seeds name it."""
        return _ALIASES.get(self.planted.component, self.planted.component)


def deployed(plan: Plan) -> dict[date, Run]:
    """Find the run whose commit went to production, for each working day."""
    return {run.day: run for run in plan.runs if run.stage == "merge" and run.day.weekday() < 5}


def deployments(plan: Plan, day: date, shas: Mapping[int, str]) -> list[Document]:
    """Return what the deploy script wrote on a day."""
    run = deployed(plan).get(day)
    if run is None:
        return []
    at = run.started + _DEPLOY_DELAY
    return [
        {
            "id": _deployment_id(run, environment),
            "repo": run.repo,
            "service": plan.product.service,
            "version": version_of(day),
            "sha": shas[run.mark],
            "environment": environment,
            "deployed_at": stamp(at - before),
            "status": "success",
            "updated_at": stamp(at - before + _DEPLOY_TAKES),
        }
        for environment, before in (("staging", timedelta(minutes=40)), ("production", timedelta()))
    ]


def version_of(day: date) -> str:
    """Version of the product on a day, as the mobile clients report it, too."""
    year, week, weekday = day.isocalendar()
    return f"{year % 100}.{week}.{weekday}"


def incidents(plans: Mapping[Repo, Plan]) -> tuple[Incident, ...]:
    """Every planted incident, oldest first."""
    until = next(iter(plans.values())).until
    homes = {component.name: component.repo for component in components()}
    found = []
    for number, told in enumerate(sorted(planted().incident, key=lambda told: -told.day)):
        day = until - timedelta(days=told.day)
        repo = homes.get(_ALIASES.get(told.component, told.component), "")
        runs = deployed(plans[repo]) if repo else {}
        run = runs.get(day)
        started = run.started + _DEPLOY_DELAY + _BROKE_AFTER if run else utc(day, 9, 40)
        run = run or _day_before(runs.get(day - timedelta(days=1)), started)
        found.append(
            Incident(
                id=f"INC-{day:%Y%m%d}-{number:02d}",
                planted=told,
                repo=repo,
                started=started,
                resolved=started + timedelta(minutes=told.minutes),
                deployment=_deployment_id(run, "production") if run else None,
            )
        )
    return tuple(found)


def _day_before(run: Run | None, started: datetime) -> Run | None:
    """That run, if what it deployed was there for less than a day."""
    return run if run and started - run.started - _DEPLOY_DELAY <= timedelta(days=1) else None


def incident_files(found: tuple[Incident, ...], day: date) -> dict[str, bytes]:
    """Return the exports of a day: one when an incident opened, one when it was over."""
    files = {}
    for number, incident in enumerate(found):
        opened = incident.started + _SEEN_AFTER
        if opened.astimezone(ZONE).date() == day:
            files[f"{incident.id}-opened.json"] = _told(incident, number, resolved=None)
        if incident.resolved.astimezone(ZONE).date() == day:
            files[f"{incident.id}-resolved.json"] = _told(
                incident, number, resolved=incident.resolved
            )
    return files


def _told(incident: Incident, number: int, *, resolved: datetime | None) -> bytes:
    """Write an export in one of the three forms that tools use."""
    opened = incident.started + _SEEN_AFTER
    document: Document = {
        "id": incident.id,
        "title": incident.planted.title,
        "service": incident.repo or "cdn",
        "component": incident.planted.component,
        "failure_mode": incident.planted.failure_mode,
        "severity": incident.planted.severity,
        "status": "resolved" if resolved else "open",
        "started_at": stamp(incident.started),
        "detected_at": stamp(opened),
        "resolved_at": stamp(resolved) if resolved else None,
        "updated_at": stamp(resolved or opened),
    }
    forms: tuple[Any, ...] = (document, [document], {"incidents": [document]})
    return msgspec.json.format(msgspec.json.encode(forms[number % 3]), indent=2)


@cache
def flows_of_component(name: str) -> tuple[str, ...]:
    """Flows that a component serves."""
    return next((component.flows for component in components() if component.name == name), ())


def _deployment_id(run: Run, environment: str) -> str:
    return f"{run.repo}-{run.build}-{environment}"
