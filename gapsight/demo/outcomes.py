"""Which tests fail in which run, and for how many attempts. Everything else passes.

A flaky test fails in exactly one of every 1/rate merge runs, at a random place among them: its rate
is then the planted one in every window, not only on average, and the demo can promise that it is
found.
"""

from datetime import timedelta
from functools import cache
from random import Random

import msgspec

from gapsight.demo.plan import Plan, Run
from gapsight.demo.planted import Flaky, Regression, planted
from gapsight.demo.suites import Case, case_of, cases_of

ALWAYS = 99
RETRIES = {"playwright": 3, "surefire": 3, "pytest": 1}
"""Attempts that a runner makes of its own accord before it calls a test failed."""

_NOISE_SHARE = 0.3
_OUTAGES = (
    "ConnectionRefusedError: [Errno 111] Connection refused: db.ci.example.test:5432",
    "OSError: [Errno 28] No space left on device",
)

Key = tuple[str, str]
"""Test id and environment: a Playwright project, or the run's own."""


class Failure(msgspec.Struct, frozen=True):
    """How a test fails in a run: that many attempts before it passes, or ALWAYS."""

    fails: int
    kind: str
    message: str


def failures(plan: Plan, run: Run) -> dict[Key, Failure]:
    """Find what fails at least once in the run; a regression outweighs chance, chance an outage."""
    found: dict[Key, Failure] = {}
    if run.noisy:
        found |= _outage(plan, run)
    for flaky in planted().flaky:
        for key in _places(case_of(flaky.test), run):
            if (fails := _flaky_fails(plan, run, flaky, place=key[1])) > 0:
                found[key] = Failure(fails, "flaky", flaky.cause)
    for regression in planted().regression:
        if is_red(plan, run, regression):
            for test in regression.tests:
                for key in _places(case_of(test), run):
                    if regression.environment in ("", key[1]):
                        found[key] = Failure(ALWAYS, "regression", regression.message)
    return found


def is_red(plan: Plan, run: Run, regression: Regression) -> bool:
    """Tell whether the run's commit lies between the one that broke and the one that repaired."""
    begin = plan.until - timedelta(days=regression.start)
    end = plan.until - timedelta(days=regression.fixed)
    return run.repo == case_of(regression.tests[0]).repo and begin <= run.commit_day < end


def ci_attempts(plan: Plan, run: Run) -> int:
    """Count the CI attempts: 2 where a merge run failed for a reason that nobody knew yet."""
    if run.stage != "merge":
        return 1
    for (test, _), failure in failures(plan, run).items():
        known = failure.kind == "regression" and not _is_first_red(plan, run, test)
        if failure.fails >= RETRIES[case_of(test).suite] and not known:
            return 2
    return 1


def fails_left(failure: Failure | None, case: Case, attempt: int) -> int:
    """Count the attempts that still fail when CI attempt `attempt` begins."""
    if failure is None:
        return 0
    return max(0, failure.fails - (attempt - 1) * RETRIES[case.suite])


def _places(case: Case, run: Run) -> list[Key]:
    if case.repo != run.repo or case.suite == run.missing or case.suite not in run.suites:
        return []
    if case.suite != "playwright":
        return [(case.id, run.environment)]
    return [(case.id, project) for project in case.projects if project in run.projects]


def _flaky_fails(plan: Plan, run: Run, flaky: Flaky, *, place: str) -> int:
    rng = Random(f"{plan.seed}/flaky/{flaky.test}/{place}/{run.repo}/{run.build}")
    suite = case_of(flaky.test).suite
    if run.stage == "merge":
        if not _is_turn(plan, flaky, run.index):
            return 0
    elif rng.random() >= flaky.rate:
        return 0
    fails = 1
    # The release run passes in the end: its verdict must not be a matter of luck.
    while run.stage != "release" and fails < RETRIES[suite] and rng.random() < flaky.rate:
        fails += 1
    return fails


def _is_turn(plan: Plan, flaky: Flaky, index: int) -> bool:
    """Tell whether the test fails now; a turn without evidence moves on to the next run."""
    suite = case_of(flaky.test).suite
    if plan.lost(index, suite):
        return False
    owed = [index]
    while plan.lost(owed[-1] - 1, suite):
        owed.append(owed[-1] - 1)
    return any(turn in _turns(plan.seed, flaky, turn) for turn in owed)


@cache
def _turns(seed: int, flaky: Flaky, index: int) -> set[int]:
    """Draw the failing runs around a run: one at a random place of each block of 1/rate runs."""
    block = int(index * flaky.rate)
    return {
        int((number + Random(f"{seed}/turn/{flaky.test}/{number}").random()) / flaky.rate)
        for number in (block - 1, block, block + 1)
    }


def _is_first_red(plan: Plan, run: Run, test: str) -> bool:
    """Tell whether it is the first merge run in which that regression shows."""
    broken = [r for r in planted().regression if test in r.tests and is_red(plan, run, r)]
    before = next((other for other in plan.runs if other.index == run.index - 1), None)
    return before is None or not all(is_red(plan, before, regression) for regression in broken)


def _outage(plan: Plan, run: Run) -> dict[Key, Failure]:
    rng = Random(f"{plan.seed}/outage/{run.repo}/{run.build}")
    message = rng.choice(_OUTAGES)
    return {
        key: Failure(1, "outage", message)
        for suite in run.suites
        for case in cases_of(run.repo, suite)
        if not case.skipped
        for key in _places(case, run)
        if rng.random() < _NOISE_SHARE
    }
