"""CI bundles: one zip per attempt of a CI run, with its manifest and the reports the jobs wrote."""

from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any

import msgspec

from gapsight.demo import coverage
from gapsight.demo.junit import Failing, pytest_report, surefire_reports
from gapsight.demo.outcomes import Failure, Key, ci_attempts, failures
from gapsight.demo.plan import Plan, Run
from gapsight.demo.planted import planted
from gapsight.demo.playwright import playwright_report
from gapsight.demo.rhythm import stamp
from gapsight.demo.suites import Case, Suite
from ingest.files.zips import zipped

_MINUTES = {"merge": 14, "nightly": 41, "release": 38}
_RERUN_AFTER = timedelta(minutes=22)
_JOBS = {"pytest": "unit", "playwright": "browser", "surefire": "server"}
_PIPELINES = {"merge": "ci", "nightly": "nightly", "release": "release"}
_SECRET_EVERY = 7


def bundles(plan: Plan, run: Run, shas: Mapping[int, str]) -> dict[str, bytes]:
    """Return the zips of a run by file name."""
    found, suites = {}, run.suites
    failing = _leaking(failures(plan, run), run)
    for attempt in range(1, ci_attempts(plan, run) + 1):
        writer = _Writer(run, failing, attempt=attempt, seed=plan.seed)
        members, conclusions = writer.members(suites)
        if run.coverage and attempt == 1:
            members |= coverage.reports(
                run.repo, seed=plan.seed, at=run.started, sha=shas[run.mark]
            )
        manifest = _manifest(
            run, attempt, shas=shas, conclusions=conclusions, members=members, base=_base(plan, run)
        )
        found[f"{run.repo}-{run.build}-{attempt}.zip"] = zipped(
            {"manifest.json": msgspec.json.format(msgspec.json.encode(manifest), indent=2)}
            | members
        )
        # "Re-run failed jobs" runs the red jobs only; the reports of the green ones stay.
        suites = tuple(suite for suite in suites if conclusions[suite] == "failure")
    return found


class _Writer:
    """Writes the reports of one attempt of a run."""

    def __init__(self, run: Run, failing: dict[Key, Failure], *, attempt: int, seed: int) -> None:
        self.run, self.failing, self.attempt = run, failing, attempt
        self.rng = Random(f"{seed}/bundle/{run.repo}/{run.build}/{attempt}")
        self.started = (
            run.started
            + _RERUN_AFTER * (attempt - 1)
            + timedelta(seconds=self.rng.randrange(20, 50))
        )

    def members(self, suites: tuple[Suite, ...]) -> tuple[dict[str, bytes], dict[Suite, str]]:
        """Return the reports by path, and how each suite's job ended."""
        members: dict[str, bytes] = {}
        conclusions: dict[Suite, str] = {}
        for suite in suites:
            written, failed = dict[str, bytes](), True
            if suite != self.run.missing:
                written, failed = self._reports(suite)
            members |= written
            conclusions[suite] = "failure" if failed else "success"
        return members, conclusions

    def _reports(self, suite: Suite) -> tuple[dict[str, bytes], bool]:
        here = self._failing(self.run.environment)
        attempt, started, rng = self.attempt, self.started, self.rng
        if suite == "pytest":
            report, failed = pytest_report(
                self.run.repo, here, attempt=attempt, started=started, rng=rng
            )
            return {"results/pytest.xml": report}, failed
        if suite == "surefire":
            classes, failed = surefire_reports(self.run.repo, here, attempt=attempt, rng=rng)
            return {f"results/surefire/{name}": report for name, report in classes.items()}, failed
        projects = {project: self._failing(project) for project in self.run.projects}
        report, failed = playwright_report(
            self.run.repo, projects, attempt=attempt, started=started, rng=rng
        )
        return {"results/playwright.json": report}, failed

    def _failing(self, place: str) -> Failing:
        def look_up(case: Case) -> Failure | None:
            return self.failing.get((case.id, place))

        return look_up


def _leaking(failing: dict[Key, Failure], run: Run) -> dict[Key, Failure]:
    """Now and then a message says more than it should."""
    if run.build % _SECRET_EVERY:
        return failing
    leaks = planted().secrets.messages
    leak = leaks[run.build // _SECRET_EVERY % len(leaks)]
    return {
        key: Failure(failure.fails, failure.kind, f"{failure.message}\n{leak}")
        for key, failure in failing.items()
    }


def _base(plan: Plan, run: Run) -> int | None:
    """Mark of the commit the push was made on: where the run's main line stood before."""
    if run.stage != "merge":
        return None
    before = [other.mark for other in plan.runs if other.index == run.index - 1]
    return before[0] if before else None


def _manifest(  # noqa: PLR0913 - what a manifest tells
    run: Run, attempt: int, *, shas: Mapping[int, str], conclusions: Mapping[Suite, str],
    members: Mapping[str, bytes], base: int | None,
) -> dict[str, Any]:  # fmt: skip
    started = run.started + _RERUN_AFTER * (attempt - 1)
    manifest = {
        "gapsight_bundle": 1,
        "repo": run.repo,
        "sha": shas[run.mark],
        "base_sha": shas[base] if base else None,
        "pr": None,
        "branch": "main",
        "build": str(run.build),
        "attempt": attempt,
        "pipeline": _PIPELINES[run.stage],
        "stage": run.stage,
        "blocking": run.stage != "nightly",
        "environment": run.environment,
        "env_facts": {"db": "postgres-16", "os": "linux", "tz": "UTC", "locale": "C.UTF-8"},
        "started_at": stamp(started),
        "finished_at": stamp(started + timedelta(minutes=_MINUTES[run.stage] // attempt)),
        "jobs": [
            {"name": _JOBS[suite], "conclusion": ended} for suite, ended in conclusions.items()
        ],
        "expected_suites": list(conclusions),
    }
    # The backoffice team lists nothing: its reports are known by their names and marks.
    return manifest | ({"reports": _listed(members)} if run.repo == "shop-web" else {})


def _listed(members: Mapping[str, bytes]) -> list[dict[str, str]]:
    known = {
        "results/pytest.xml": ("junit", "pytest"),
        "results/playwright.json": ("playwright", "playwright"),
        "coverage/coverage.xml": ("cobertura", "coverage"),
    }
    return [{"path": path, "format": known[path][0], "suite": known[path][1]} for path in members]
