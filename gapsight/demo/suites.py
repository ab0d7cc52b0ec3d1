"""The 600 tests of the demo world: their names in three tools' own manners, and their tags."""

from functools import cache
from random import Random
from typing import Literal

import msgspec

from gapsight.demo.world import Flow, Repo, world

Suite = Literal["pytest", "playwright", "surefire"]

_BEHAVIOURS = (
    "accepts valid input", "rejects empty input", "rounds amounts", "keeps order",
    "survives a retry", "writes an audit row", "honours the limit", "is idempotent",
    "ignores unknown fields", "is localised",
)  # fmt: skip
_JOURNEYS = (
    "shows {}", "keeps {} after a reload", "reports a wrong {}", "announces {} to screen readers",
)  # fmt: skip
_PROJECT_EVERY = (
    ("chromium", 1, 0), ("webkit", 2, 0), ("firefox", 3, 0), ("Mobile Safari", 3, 1),
    ("Mobile Chrome", 4, 1), ("Tablet", 5, 2),
)  # fmt: skip
PROJECTS = tuple(name for name, _, _ in _PROJECT_EVERY)
"""Playwright projects; merge runs use the first only."""


class Case(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One test; there is one object of each. `id` is its name in planted.toml."""

    id: str
    repo: Repo
    suite: Suite
    flow: str
    file: str
    class_name: str
    name: str
    line: int
    seconds: float
    tags: dict[str, str]
    projects: tuple[str, ...] = ()
    skipped: bool = False


def risk_of(flow: Flow) -> str:
    """Return the risk a team would write beside the tests of a flow."""
    if flow.critical:
        return "critical"
    return next(
        (risk for limit, risk in ((0.7, "high"), (0.4, "medium")) if flow.criticality >= limit),
        "low",
    )


@cache
def cases() -> tuple[Case, ...]:
    """Every test, in a stable order."""
    return tuple(
        _case(flow, suite, number)
        for flow in world().flow
        for suite, count in flow.tests.items()
        for number in range(count)
    ) + tuple(_unmapped(number) for number in range(world().unmapped.tests))


@cache
def cases_of(repo: Repo, suite: Suite) -> tuple[Case, ...]:
    """Return the tests of one suite, ordered by file as a runner would."""
    chosen = (case for case in cases() if case.repo == repo and case.suite == suite)
    return tuple(sorted(chosen, key=lambda case: (case.file, case.line)))


@cache
def case_of(test: str) -> Case:
    """Find the test of that id."""
    found = next((case for case in cases() if case.id == test), None)
    if found is None:
        raise KeyError(f"planted.toml names a test that does not exist: {test}")
    return found


def _case(flow: Flow, suite: Suite, number: int) -> Case:
    subject = flow.subjects[number % len(flow.subjects)]
    turn = number // len(flow.subjects)
    maker = {"pytest": _pytest, "playwright": _playwright, "surefire": _surefire}[suite]
    return maker(flow, number, subject=subject, turn=turn)


def _pytest(flow: Flow, number: int, *, subject: str, turn: int) -> Case:
    repo, behaviour = world().repo_of(flow), _BEHAVIOURS[turn]
    folder = f"tests/{flow.component}" if repo == "shop-web" else f"jobs/tests/{flow.component}"
    file = f"{folder}/test_{subject}.py"
    module = file.removesuffix(".py").replace("/", ".")
    grouped = flow.subjects.index(subject) % 2
    param = "[EUR]" if behaviour == "rounds amounts" else ""
    return Case(
        id=f"{repo}/pytest/{flow.name}/{number}",
        repo=repo,
        suite="pytest",
        flow=flow.name,
        file=file,
        class_name=f"{module}.Test{_camel(subject)}" if grouped else module,
        name=f"test_{subject}_{behaviour.replace(' ', '_')}{param}",
        line=12 + turn * 9,
        seconds=_seconds(flow, "pytest", number),
        tags=_pytest_tags(flow, number),
        skipped=number % 23 == 22,
    )


def _pytest_tags(flow: Flow, number: int) -> dict[str, str]:
    """Tag about half the tests; the others are known by their path alone."""
    mode = flow.modes[number % 4] if number % 4 < len(flow.modes) else ""
    if not mode and number % 9 >= 4:
        return {}
    # The cart's oldest tests still use the flow's former name; an alias seed knows it.
    tags = {
        "flow": "basket" if flow.name == "cart" and number < 4 else flow.name,
        "risk": risk_of(flow),
    }
    if mode:
        tags["failure_mode"] = mode
    if number % 3 == 0:
        tags["tier"] = "integration" if number % 2 else "unit"
    if flow.usage.mix == "api":
        tags["platform"] = "api"
    return tags


def _playwright(flow: Flow, number: int, *, subject: str, turn: int) -> Case:
    repo = world().repo_of(flow)
    tags = {} if number % 5 == 4 else {"flow": flow.name, "risk": risk_of(flow), "tier": "e2e"}
    return Case(
        id=f"{repo}/playwright/{flow.name}/{number}",
        repo=repo,
        suite="playwright",
        flow=flow.name,
        file=f"{flow.component}/{subject}.spec.ts",
        class_name=flow.title,
        name=_JOURNEYS[turn].format(subject.replace("_", " ")),
        line=8 + turn * 14,
        seconds=_seconds(flow, "playwright", number),
        tags=tags,
        projects=tuple(name for name, every, rest in _PROJECT_EVERY if number % every == rest),
    )


def _surefire(flow: Flow, number: int, *, subject: str, turn: int) -> Case:
    repo, behaviour = world().repo_of(flow), _BEHAVIOURS[turn]
    class_name = f"com.example.backoffice.{flow.component}.{_camel(subject)}Test"
    words = _camel(behaviour.replace(" ", "_"))
    return Case(
        id=f"{repo}/surefire/{flow.name}/{number}",
        repo=repo,
        suite="surefire",
        flow=flow.name,
        file=f"server/src/test/java/{class_name.replace('.', '/')}.java",
        class_name=class_name,
        name=words[0].lower()
        + words[1:]
        + ("(String)[1]" if behaviour == "rounds amounts" else ""),
        line=20 + turn * 8,
        seconds=_seconds(flow, "surefire", number),
        tags={},
        skipped=number % 29 == 28,
    )


def _unmapped(number: int) -> Case:
    """Make a test that neither a tag nor a path rule says anything about."""
    return Case(
        id=f"shop-web/pytest/-/{number}",
        repo="shop-web",
        suite="pytest",
        flow="",
        file="tests/util/test_helpers.py",
        class_name="tests.util.test_helpers",
        name=f"test_helper_{_BEHAVIOURS[number].replace(' ', '_')}",
        line=6 + number * 7,
        seconds=0.004,
        tags={},
    )


def _seconds(flow: Flow, suite: Suite, number: int) -> float:
    middle = {"pytest": -2.6, "playwright": 1.3, "surefire": -1.9}[suite]
    return round(Random(f"seconds/{flow.name}/{suite}/{number}").lognormvariate(middle, 0.7), 3)


def _camel(words: str) -> str:
    return "".join(word.capitalize() for word in words.split("_"))
