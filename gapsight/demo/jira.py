"""Jira search pages: for each day the issues created or changed on it, with their changelog."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any

import msgspec

from gapsight.demo.planted import PlantedTicket, planted
from gapsight.demo.rhythm import ZONE
from gapsight.demo.seasons import defects
from gapsight.demo.world import Component, Flow, components, world

SEVERITY_FIELD = "customfield_10042"
"""Where this site keeps a defect's severity; gapsight.toml names it."""

_SITE = "https://jira.example.com"
_SEVERITIES = {"S1 - Critical": 2, "S2 - Major": 4, "S3 - Minor": 3, "S4 - Cosmetic": 1}
_PRIORITY = {
    "S1 - Critical": "Highest",
    "S2 - Major": "High",
    "S3 - Minor": "Medium",
    "S4 - Cosmetic": "Low",
}
_WEIGHTS = {"S1 - Critical": 4.0, "S2 - Major": 2.0, "S3 - Minor": 1.0, "S4 - Cosmetic": 0.5}
_STATUSES = {"To Do": "new", "In Progress": "indeterminate", "Done": "done"}
_SUPPORT_A_DAY, _STORIES_A_DAY = 0.8, 0.5
_FORMER_NAMES = {"search": "Site Search"}
"""Components under the names the tracker still has for them; an alias seed knows them."""
_KEYS_A_DAY = 8
_NEVER = timedelta(days=36500)
_HABITS = ("component", "label", "both", "neither")
"""How a reporter says where a defect belongs; `neither` cannot be mapped and is listed."""

Document = dict[str, Any]


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """One issue with the moments of its life."""

    key: str
    project: str
    kind: str
    title: str
    flow: str
    component: str
    habit: str
    severity: str
    created: datetime
    begun: datetime
    done: datetime
    labels: tuple[str, ...] = ()

    @property
    def weight(self) -> float:
        """What the defect counts, if anything says which flow it belongs to."""
        return _WEIGHTS[self.severity] if self.kind == "Bug" and self.habit != "neither" else 0.0


class Tracker:
    """Every issue of the demo's history."""

    def __init__(self, *, seed: int, begin: date, until: date, seasons: bool = False) -> None:
        self.seed, self.begin, self.until, self.seasons = seed, begin, until, seasons

    @cached_property
    def issues(self) -> tuple[Issue, ...]:
        """The issues in the order of their creation; keys count from a fixed day on."""
        found = []
        for ordinal in range(self.begin.toordinal(), self.until.toordinal() + 1):
            found += list(self._created(date.fromordinal(ordinal)))
        return (*found, *(issue for _, issue in self.tickets))

    @cached_property
    def tickets(self) -> tuple[tuple[PlantedTicket, Issue], ...]:
        """The planted tickets, each with its issue."""
        return tuple((told, _ticket(told, self.until)) for told in planted().ticket)

    def _created(self, day: date) -> Iterator[Issue]:
        rng = Random(f"{self.seed}/issues/{day}")
        homes = {
            flow: component for component in reversed(components()) for flow in component.flows
        }
        number = 0
        for position, flow in enumerate(world().flow):
            due = _due(day, flow.defects_a_week / 7, position)
            if self.seasons:
                due = defects(self.seed, flow, homes[flow.name], day=day)
            for _ in range(due):
                yield self._issue(
                    rng, day, flow, component=homes[flow.name], kind="Bug", number=number
                )
                number += 1
        for kind, rate in (("Support", _SUPPORT_A_DAY), ("Story", _STORIES_A_DAY)):
            for _ in range(_due(day, rate, len(kind))):
                flow = rng.choice(world().flow)
                yield self._issue(
                    rng, day, flow, component=homes[flow.name], kind=kind, number=number
                )
                number += 1

    def _issue(  # noqa: PLR0913 - what an issue is drawn from
        self, rng: Random, day: date, flow: Flow, *, component: Component, kind: str, number: int
    ) -> Issue:
        project = world().product_of(component.repo).jira
        created = datetime(day.year, day.month, day.day, 8, tzinfo=UTC) + timedelta(
            seconds=rng.randrange(9 * 3600)
        )
        begun = created + timedelta(hours=rng.choice((3, 20, 30, 50)))
        severity = rng.choices(tuple(_SEVERITIES), tuple(_SEVERITIES.values()))[0]
        titles = planted().secrets.titles
        leak = (
            titles[day.toordinal() % len(titles)] if kind == "Support" and day.day % 4 == 0 else ""
        )
        return Issue(
            key=_key(project, day, number),
            project=project,
            kind=kind,
            title=leak or _title(rng, flow, kind),
            flow=flow.name,
            component=component.name,
            # Planted defects must be findable, all others are reported as people report.
            habit=rng.choice(_HABITS[:3] if flow.defects_a_week > 1 else _HABITS),
            severity=severity,
            created=created,
            begun=begun,
            done=begun + timedelta(hours=rng.choice((5, 26, 70, 200, 500))),
        )

    def page(self, day: date) -> bytes:
        """Answer the search for issues updated on that day, as /rest/api/3/search/jql does."""
        touched = [
            _document(issue, day)
            for issue in self.issues
            if day in (_day(issue.created), _day(issue.begun), _day(issue.done))
        ]
        return msgspec.json.format(
            msgspec.json.encode({"isLast": True, "issues": touched}), indent=1
        )


def _key(project: str, day: date, number: int) -> str:
    return f"{project}-{(day.toordinal() - date(2024, 1, 1).toordinal()) * _KEYS_A_DAY + number}"


def _ticket(told: PlantedTicket, until: date) -> Issue:
    """Return a planted ticket; it is there in demos of any length, so that a short one ends as a long one."""
    day = until - timedelta(days=told.day)
    flow = next(flow for flow in world().flow if flow.name == told.flow)
    project = next(one.jira for one in world().product if one.name == flow.product)
    created = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    gap = hashlib.md5(f"{told.type}|{told.flow}|all".encode(), usedforsecurity=False)
    begun = created + timedelta(days=1)
    return Issue(
        # The last number of its day: no other issue has it.
        key=_key(project, day, _KEYS_A_DAY - 1),
        project=project,
        kind="Task",
        title=f"Automate {told.flow} happy path on {told.platform}",
        flow=told.flow,
        component="",
        habit="neither",
        severity="S3 - Minor",
        created=created,
        begun=begun,
        done=begun + _NEVER if told.done < 0 else created + timedelta(days=told.day - told.done),
        labels=(f"gapsight-g{gap.hexdigest()[:12]}",) if told.is_labelled else (),
    )


def _due(day: date, rate: float, phase: int) -> int:
    """How many fall on the day so that their number over any weeks keeps to the rate."""
    begin = day.toordinal() + phase * 5
    return int((begin + 1) * rate) - int(begin * rate)


def _title(rng: Random, flow: Flow, kind: str) -> str:
    what = rng.choice(
        (
            "fails on a slow network",
            "shows an old state",
            "loses the last change",
            "is refused twice",
        )
    )
    if kind == "Story":
        return f"{flow.title}: make it easier to see what happens next"
    return f"{flow.title} {what}"


def _day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def _jira_time(moment: datetime) -> str:
    return moment.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M:%S.000%z")


def _document(issue: Issue, day: date) -> Document:
    """Return the issue as it stood at the end of the day."""
    moves = [("To Do", "In Progress", issue.begun), ("In Progress", "Done", issue.done)]
    made = [(number, move) for number, move in enumerate(moves) if _day(move[2]) <= day]
    status = made[-1][1][1] if made else "To Do"
    updated = made[-1][1][2] if made else issue.created
    number = issue.key.rpartition("-")[2]
    named = issue.kind != "Story" and issue.habit in ("component", "both")
    labels = [f"flow:{issue.flow}"] if issue.habit in ("label", "both") else [*issue.labels]
    return {
        "id": f"1{int(number):06d}",
        "key": issue.key,
        "self": f"{_SITE}/rest/api/3/issue/{issue.key}",
        "fields": {
            "summary": issue.title,
            "issuetype": {"id": "10004", "name": issue.kind, "subtask": False},
            "project": {"key": issue.project, "name": issue.project.capitalize()},
            "priority": {"id": "3", "name": _PRIORITY[issue.severity]},
            "status": {"name": status, "statusCategory": {"key": _STATUSES[status]}},
            "labels": labels,
            "components": [{"id": "1", "name": _FORMER_NAMES.get(issue.component, issue.component)}]
            if named
            else [],
            "created": _jira_time(issue.created),
            "updated": _jira_time(updated),
            "resolutiondate": _jira_time(issue.done) if status == "Done" else None,
            "resolution": {"name": "Done"} if status == "Done" else None,
            SEVERITY_FIELD: {"value": issue.severity} if issue.kind == "Bug" else None,
        },
        "changelog": {
            "startAt": 0,
            "maxResults": len(made),
            "total": len(made),
            "histories": [_history(number, step, move) for step, move in made],
        },
    }


def _history(number: str, step: int, move: tuple[str, str, datetime]) -> Document:
    before, after, at = move
    return {
        "id": f"2{int(number):06d}{step}",
        "created": _jira_time(at),
        "items": [
            {"field": "status", "fieldId": "status", "fromString": before, "toString": after},
        ],
    }
