"""Draws up the truth of a demo from its plan and from what was counted while it was written."""

from collections.abc import Iterable
from datetime import date, timedelta

from gapsight.demo import coverage
from gapsight.demo.access_logs import Counts
from gapsight.demo.days import Background, DayFacts, Job
from gapsight.demo.outcomes import RETRIES, ci_attempts, failures, is_red
from gapsight.demo.plan import Plan, Run
from gapsight.demo.planted import Flaky, Regression, planted
from gapsight.demo.suites import Case, case_of, cases
from gapsight.demo.truth import (
    VERSION,
    FlakyTest,
    FlowCoverage,
    Gap,
    KnownIncident,
    KnownTicket,
    MissingReport,
    NoisyRun,
    RedTests,
    TestName,
    Truth,
)
from gapsight.demo.world import components, world

FLAKE_WINDOW = timedelta(days=28)
HISTORY_BEFORE_INCIDENT = timedelta(days=7)
_BETWEEN_TITLES = " \u203a "
"""What Playwright prints between a describe block and a test."""
_CONFIRMABLE_RATE, _CONFIRMING_MIXES = 0.05, 2

SPECIAL_FLOWS = {
    "without_coverage": "recommendations",
    "without_owner": "gift_cards",
    "without_tests": "store_locator",
    "sunset": "loyalty_points",
    "one_off": "spring_sale",
    "never_observed": "tax_filing",
}
RELEASES = {"shop": "fail", "backoffice": "pass"}
"""shop: Top-N flows below the coverage target, and a red test of the cart in the release run."""


class Reckoning:
    """Puts together the truth about the days from `first` on."""

    def __init__(self, job: Job, background: Background) -> None:
        self.job, self.background = job, background
        self.first = job.until - timedelta(days=job.days - 1)

    def truth(self, facts: Iterable[DayFacts]) -> Truth:
        """Tell the whole truth."""
        traffic: dict[str, Counts] = {}
        usage: dict[str, dict[date, int]] = {}
        routes: dict[str, int] = {}
        events: dict[str, int] = {}
        for day in facts:
            traffic |= day.traffic
            for flow, counts in day.usage.items():
                counted = usage.setdefault(flow, {})
                for when, count in counts.items():
                    counted[when] = counted.get(when, 0) + count
            for total, part in ((routes, day.unmapped_routes), (events, day.unmapped_events)):
                for name, count in part.items():
                    total[name] = total.get(name, 0) + count
        return self._truth(traffic=traffic, usage=usage, routes=routes, events=events)

    def _truth(
        self, *, traffic: dict[str, Counts], usage: dict[str, dict[date, int]],
        routes: dict[str, int], events: dict[str, int],
    ) -> Truth:  # fmt: skip
        products = {flow.name: flow.product for flow in world().flow}
        return Truth(
            version=VERSION,
            seed=self.job.seed,
            days=self.job.days,
            first_day=self.first,
            until=self.job.until,
            tests=len(cases()),
            gaps=[
                Gap(flow=gap.flow, product=products[gap.flow], gap_type=gap.type)
                for gap in planted().gap
                if gap.needs_days <= self.job.days
            ],
            flaky_tests=[self._flaky(flaky) for flaky in planted().flaky],
            regressions=[
                told for regression in planted().regression if (told := self._red(regression))
            ],
            noisy_runs=[self._noisy(plan, run) for plan, run in self._runs() if run.noisy],
            missing_reports=[
                MissingReport(repo=run.repo, build=str(run.build), suite=run.missing, day=run.day)
                for _, run in self._runs()
                if run.missing
            ],
            incidents=self._incidents(),
            tickets=self._tickets(),
            coverage={flow.name: self._coverage(flow.name) for flow in world().flow},
            special_flows=SPECIAL_FLOWS,
            unmapped_routes=routes,
            unmapped_events=events,
            unmapped_tests=world().unmapped.tests,
            traffic=dict(sorted(traffic.items())),
            usage={flow: dict(sorted(days.items())) for flow, days in sorted(usage.items())},
            releases=RELEASES,
            secrets=list(planted().secrets.needles),
        )

    def _runs(self, since: date | None = None) -> list[tuple[Plan, Run]]:
        begin = max(self.first, since or self.first)
        return [
            (plan, run)
            for plan in self.background.plans.values()
            for run in plan.runs
            if run.day >= begin
        ]

    def _flaky(self, flaky: Flaky) -> FlakyTest:
        """Count what a detector can see: commits, and those that passed and failed in one place."""
        case, failed, passed = case_of(flaky.test), set(), set()
        for plan, run in self._runs(since=self.job.until - FLAKE_WINDOW + timedelta(days=1)):
            if run.repo != case.repo or run.noisy or run.missing == case.suite:
                continue
            found, attempts = failures(plan, run), ci_attempts(plan, run)
            places = [p for p in case.projects if p in run.projects] or [run.environment]
            for place in places:
                failure = found.get((case.id, place))
                fails = failure.fails if failure else 0
                if fails:
                    failed.add((run.mark, place))
                if fails < RETRIES[case.suite] * attempts or not fails:
                    passed.add((run.mark, place))
        mixed = {mark for mark, _ in failed & passed}
        return FlakyTest(
            test=_name(case),
            rate=flaky.rate,
            shas=len({mark for mark, _ in failed | passed}),
            mixed_shas=len(mixed),
            must_be_confirmed=flaky.rate >= _CONFIRMABLE_RATE and len(mixed) >= _CONFIRMING_MIXES,
        )

    def _red(self, regression: Regression) -> RedTests | None:
        runs = [run for plan, run in self._runs() if is_red(plan, run, regression)]
        if not runs:
            return None
        shas = self.job.shas[runs[0].repo]
        return RedTests(
            tests=[_name(case_of(test)) for test in regression.tests],
            environment=regression.environment or None,
            first_day=runs[0].day,
            last_day=None if regression.fixed < 0 else runs[-1].commit_day,
            shas=list(dict.fromkeys(shas[run.mark] for run in runs)),
        )

    def _noisy(self, plan: Plan, run: Run) -> NoisyRun:
        return NoisyRun(
            repo=run.repo,
            build=str(run.build),
            sha=self.job.shas[run.repo][run.mark],
            day=run.day,
            failed_first=len(failures(plan, run)),
        )

    def _incidents(self) -> list[KnownIncident]:
        flows = {component.name: component.flows for component in components()}
        return [
            KnownIncident(
                id=incident.id,
                day=incident.started.date(),
                component=incident.component,
                failure_mode=incident.planted.failure_mode,
                flows=list(flows.get(incident.component, ())),
                warned_by=[_name(case_of(test)) for test in incident.planted.warned_by],
                deployment=incident.deployment,
                has_history=incident.started.date() - HISTORY_BEFORE_INCIDENT >= self.first,
            )
            for incident in self.background.incidents
            if incident.started.date() >= self.first
        ]

    def _tickets(self) -> list[KnownTicket]:
        """Those of which any day of the demo tells."""
        return [
            KnownTicket(key=issue.key, flow=issue.flow, state=told.state)
            for told, issue in self.background.tracker.tickets
            if any(
                self.first <= moment.date() <= self.job.until
                for moment in (issue.created, issue.begun, issue.done)
            )
        ]

    def _coverage(self, flow: str) -> FlowCoverage:
        """As the last nightly run measured it."""
        week = self.job.until.toordinal() // 7
        counts = {}
        for component in components():
            if flow in component.flows and component.coverage:
                files = coverage.measured(component, seed=self.job.seed, week=week)
                counts[component.name] = coverage.summed(component, files)
        return FlowCoverage(components=counts)


def _name(case: Case) -> TestName:
    name, _, params = case.name.partition("[")
    browser = case.suite == "playwright"
    return TestName(
        repo=case.repo,
        suite=case.suite,
        flow=case.flow,
        file=None if case.suite == "surefire" else case.file,
        class_name=None if browser else case.class_name,
        name=f"{case.class_name}{_BETWEEN_TITLES}{name}" if browser else name,
        params=params.removesuffix("]") or None,
    )
