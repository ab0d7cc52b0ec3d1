"""What the demo plants is there as its truth says: flaky tests, noise, regressions, warnings, gaps, verdicts."""

import math
from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest

from gapsight import demo
from gapsight.demo.days import Job, background
from gapsight.demo.outcomes import failures, is_red
from gapsight.demo.planted import planted
from gapsight.demo.reckoning import Reckoning
from gapsight.demo.suites import case_of
from gapsight.demo.world import world
from ingest.records import TestAttempt
from tests.unit.demo_support import FULL


def flaky_probability(mixed: int, shas: int) -> float:
    """scores.md, section 2, step 4, with its a, b and r0."""
    odds = math.log(0.036 / 0.964) + sum(math.log(0.5 + j) for j in range(mixed))
    odds += 0.5 * math.log(10 / (10 + shas)) + mixed * math.log(shas / (10 + shas))
    odds += -mixed * math.log(1e-4 * shas) + 1e-4 * shas
    return 1 / (1 + math.exp(-odds))


def test_flaky_tests_of_five_percent_and_more_can_be_confirmed(long_demo: Reckoning) -> None:
    flaky = long_demo.truth([]).flaky_tests
    assert {found.rate for found in flaky} == {0.01, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3}
    for found in flaky:
        assert found.must_be_confirmed == (found.rate >= 0.05), found
        if found.must_be_confirmed:
            assert flaky_probability(found.mixed_shas, found.shas) >= 0.9, found


@pytest.mark.parametrize("number", range(8))
def test_flaky_tests_can_be_confirmed_whatever_the_seed_and_the_last_day(number: int) -> None:
    until = demo.UNTIL + timedelta(days=number)
    shared = background(number, until, FULL)
    shas = {repo: {c.mark: "" for c in plan.commits} for repo, plan in shared.plans.items()}
    found = Reckoning(Job("", number, FULL, until, shas), shared).truth([]).flaky_tests
    assert [f for f in found if f.rate >= 0.05 and not f.must_be_confirmed] == []


def test_the_reports_show_the_flaky_tests_and_nothing_else_as_mixed(
    demo_truth: demo.Truth, demo_attempts: list[tuple[dict[str, object], TestAttempt]]
) -> None:
    noisy = {(run.repo, run.build) for run in demo_truth.noisy_runs}
    seen: dict[tuple[object, ...], set[bool]] = defaultdict(set)
    for manifest, a in demo_attempts:
        if a.status != "skipped" and (manifest["repo"], manifest["build"]) not in noisy:
            test = (manifest["repo"], a.file, a.class_name, a.name, a.params)
            seen[test, manifest["sha"], a.environment or manifest["environment"]].add(
                a.status == "failed"
            )
    mixed: dict[object, set[object]] = defaultdict(set)
    for (test, sha, _), outcomes in seen.items():
        if len(outcomes) > 1:
            mixed[test].add(sha)
    expected = {
        (t.repo, t.file, t.class_name, t.name, t.params): f.mixed_shas
        for f in demo_truth.flaky_tests
        if (t := f.test) and f.mixed_shas
    }
    assert {test: len(shas) for test, shas in mixed.items()} == expected


def test_noisy_runs_fail_much_at_first_and_nothing_in_the_end(
    demo_truth: demo.Truth, demo_attempts: list[tuple[dict[str, object], TestAttempt]]
) -> None:
    assert demo_truth.noisy_runs
    for run in demo_truth.noisy_runs:
        last: dict[tuple[object, ...], tuple[int, str]] = {}
        first: Counter[bool] = Counter()
        for manifest, a in demo_attempts:
            if (manifest["repo"], manifest["build"]) == (
                run.repo,
                run.build,
            ) and a.status != "skipped":
                if manifest["attempt"] == a.attempt == 1:
                    first[a.status == "failed"] += 1
                last[a.file, a.class_name, a.name] = (
                    int(str(manifest["attempt"])) * 10 + a.attempt,
                    a.status,
                )
        assert first[True] == run.failed_first
        assert first[True] / first.total() > 0.1
        red = {test for test, (_, status) in last.items() if status == "failed"}
        known = {t.name for regression in demo_truth.regressions for t in regression.tests}
        assert {name for *_, name in red} <= known


def test_regressions_are_red_in_every_attempt_and_green_before_and_after(
    long_demo: Reckoning,
) -> None:
    for regression in planted().regression:
        plan = long_demo.background.plans[case_of(regression.tests[0]).repo]
        red = [run for run in plan.runs if is_red(plan, run, regression)]
        assert len({run.mark for run in red if run.stage == "merge"}) >= 2, regression
        for run in red:
            found = failures(plan, run)
            kinds = {
                found[key].kind
                for key in found
                if key[0] in regression.tests and key[1] != "chromium"
            }
            assert kinds <= {"regression"}
    flaky = {found.test for found in planted().flaky}
    assert not flaky & {test for regression in planted().regression for test in regression.tests}


def test_incidents_were_warned_of_by_the_tests_that_truth_names(long_demo: Reckoning) -> None:
    homes = {flow.name: flow.component for flow in world().flow}
    starts: dict[str, set[date]] = defaultdict(set)
    for regression in planted().regression:
        plan = long_demo.background.plans[case_of(regression.tests[0]).repo]
        first = next(run.day for run in plan.runs if is_red(plan, run, regression))
        for test in regression.tests:
            starts[test].add(first)
    for incident in long_demo.background.incidents:
        day = incident.started.date()
        week = {day - timedelta(days=ago) for ago in range(1, 8)}
        warned = {
            t
            for t, days in starts.items()
            if homes[case_of(t).flow] == incident.component and days & week
        }
        assert warned == set(incident.planted.warned_by), incident


def test_the_gaps_are_those_of_busy_flows(long_demo: Reckoning, demo_truth: demo.Truth) -> None:
    busiest = sorted(demo_truth.usage, key=lambda flow: -max(demo_truth.usage[flow].values()))[:10]
    planned = long_demo.truth([]).gaps
    assert {gap.flow for gap in planned} <= set(busiest)
    assert {gap.gap_type for gap in planned} == {
        "high_usage_low_coverage",
        "high_usage_unmeasured_coverage",
        "high_usage_high_defects",
        "high_revenue_any_risk",
    }
    assert len(demo_truth.gaps) < len(planned), "defects need more days than the short demo has"
    low = {gap.flow for gap in planned if gap.gap_type == "high_usage_low_coverage"}
    for flow, found in demo_truth.coverage.items():
        counts = [
            sum(part) for part in zip(*(c["lines"] for c in found.components.values()), strict=True)
        ]
        if flow in busiest and counts:
            assert (counts[0] / counts[1] < 0.8) == (flow in low), flow
    assert not demo_truth.coverage["recommendations"].components


def test_backoffice_can_be_released_and_the_shop_cannot(long_demo: Reckoning) -> None:
    for repo, plan in long_demo.background.plans.items():
        run = [run for run in plan.runs if run.stage == "release"][-1]
        assert (demo.UNTIL - run.day).days <= 14
        red = {test for (test, _), failure in failures(plan, run).items() if failure.fails >= 3}
        assert red == ({"shop-web/playwright/cart/0"} if repo == "shop-web" else set())


def test_planted_tickets_have_keys_of_their_own_and_a_short_demo_tells_the_newest_of_them(
    long_demo: Reckoning,
) -> None:
    keys = [issue.key for issue in long_demo.background.tracker.issues]
    assert len(keys) == len(set(keys))
    assert [ticket.key in keys for ticket in long_demo.truth([]).tickets] == [True] * 3
    shared = background(7, demo.UNTIL, 7)
    short = Reckoning(
        Job(
            "",
            7,
            7,
            demo.UNTIL,
            {r: {c.mark: "" for c in p.commits} for r, p in shared.plans.items()},
        ),
        shared,
    )
    assert [ticket.state for ticket in short.truth([]).tickets] == ["closed_but_gap_stands"]
