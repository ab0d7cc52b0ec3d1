"""Playwright's JSON report: file suites, describe blocks, one entry per project and retry."""

import hashlib
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from random import Random
from typing import Any

import msgspec

from gapsight.demo.junit import Failing
from gapsight.demo.outcomes import RETRIES, Failure, fails_left
from gapsight.demo.rhythm import stamp
from gapsight.demo.suites import PROJECTS, Case, cases_of
from gapsight.demo.world import Repo

_ROOT = "/builds/shop-web/e2e"
_FAILED = "\u001b[31m"
_PLAIN = "\u001b[39m"
_TIMEOUT = 30000

Document = dict[str, Any]


class Reporter:
    """Collects one run's results as the JSON reporter does."""

    def __init__(self, *, attempt: int, started: datetime, rng: Random) -> None:
        self.attempt, self.started, self.rng = attempt, started, rng
        self.counts = {"expected": 0, "skipped": 0, "unexpected": 0, "flaky": 0}
        self.milliseconds = 0

    def test(self, case: Case, project: str, failure: Failure | None) -> Document:
        """One test in one project with all its attempts."""
        fails = fails_left(failure, case, self.attempt)
        attempts = min(fails + 1, RETRIES["playwright"])
        status = "unexpected" if fails >= attempts else ("flaky" if fails else "expected")
        self.counts[status] += 1
        results = [
            self._result(case, retry, failure=failure if retry < fails else None)
            for retry in range(attempts)
        ]
        return {
            "timeout": _TIMEOUT,
            "annotations": [
                {"type": tag, "description": value} for tag, value in _annotated(case).items()
            ],
            "expectedStatus": "passed",
            "projectId": project,
            "projectName": project,
            "results": results,
            "status": status,
        }

    def _result(self, case: Case, retry: int, *, failure: Failure | None) -> Document:
        duration = int(case.seconds * 1000 * (0.9 + 0.2 * self.rng.random()))
        result: Document = {
            "workerIndex": retry,
            "parallelIndex": 0,
            "status": "passed",
            "duration": duration,
            "errors": [],
            "stdout": [],
            "stderr": [],
            "retry": retry,
            "startTime": stamp(self.started + timedelta(milliseconds=self.milliseconds)).replace(
                "Z", ".000Z"
            ),
            "attachments": [],
        }
        self.milliseconds += duration
        if failure:
            place = {"file": f"{_ROOT}/{case.file}", "line": case.line + 5, "column": 11}
            message = f"{_FAILED}{failure.message}{_PLAIN}"
            stack = f"{message}\n    at {place['file']}:{place['line']}:{place['column']}"
            result |= {
                "status": "timedOut" if failure.message.startswith("TimeoutError") else "failed",
                "error": {"message": message, "stack": stack, "location": place},
                "errors": [{"location": place, "message": message}],
            }
        return result


def playwright_report(
    repo: Repo, failing: dict[str, Failing], *, attempt: int, started: datetime, rng: Random
) -> tuple[bytes, bool]:
    """Write results/playwright.json for the projects of `failing`; second: did any stay red."""
    reporter = Reporter(attempt=attempt, started=started, rng=rng)
    suites = []
    for file, members in groupby(cases_of(repo, "playwright"), key=lambda case: case.file):
        specs = [_spec(case, failing, reporter) for case in members]
        suites.append(_file_suite(file, [spec for spec in specs if spec["tests"]]))
    document: Document = {
        "config": _config(),
        "suites": [suite for suite in suites if suite["suites"][0]["specs"]],
        "errors": [],
        "stats": {
            "startTime": stamp(started).replace("Z", ".000Z"),
            "duration": reporter.milliseconds / 4,
            **reporter.counts,
        },
    }
    return msgspec.json.encode(document), reporter.counts["unexpected"] > 0


def _spec(case: Case, failing: dict[str, Failing], reporter: Reporter) -> Document:
    tests = [
        reporter.test(case, project, failing[project](case))
        for project in case.projects
        if project in failing
    ]
    return {
        "title": _title(case),
        "ok": all(test["status"] != "unexpected" for test in tests),
        "tags": ["e2e"],
        "tests": tests,
        "id": _spec_id(case),
        "file": case.file,
        "line": case.line,
        "column": 3,
    }


def _file_suite(file: str, specs: list[Document]) -> Document:
    title = cases_by_file()[file]
    block = {"title": title, "file": file, "line": 4, "column": 6, "specs": specs}
    return {"title": file, "file": file, "line": 0, "column": 0, "specs": [], "suites": [block]}


@cache
def cases_by_file() -> dict[str, str]:
    """Title of the describe block of each spec file."""
    return {case.file: case.class_name for case in cases_of("shop-web", "playwright")}


def _titled(case: Case) -> bool:
    """Half of the tagged tests carry their tags in the title, as teams did before annotations."""
    return case.line % 28 == 8


def _title(case: Case) -> str:
    tags = "".join(f" [{tag}:{value}]" for tag, value in case.tags.items()) if _titled(case) else ""
    return case.name + tags


def _annotated(case: Case) -> dict[str, str]:
    return {} if _titled(case) else case.tags


@cache
def _spec_id(case: Case) -> str:
    file, test = (
        hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        for text in (case.file, case.id)
    )
    return f"{file[:20]}-{test[:20]}"


@cache
def _config() -> Document:
    project = {
        "outputDir": "/builds/shop-web/test-results",
        "repeatEach": 1,
        "retries": RETRIES["playwright"] - 1,
        "metadata": {},
        "testDir": _ROOT,
        "testIgnore": [],
        "testMatch": ["**/*.@(spec|test).?(c|m)[jt]s?(x)"],
        "timeout": _TIMEOUT,
    }
    return {
        "configFile": f"{_ROOT}/playwright.config.ts",
        "rootDir": _ROOT,
        "forbidOnly": True,
        "fullyParallel": True,
        "globalTimeout": 0,
        "grep": {},
        "grepInvert": None,
        "maxFailures": 0,
        "metadata": {"actualWorkers": 4},
        "preserveOutput": "always",
        "reporter": [["json", {"outputFile": "results/playwright.json"}]],
        "projects": [{**project, "id": name, "name": name} for name in PROJECTS],
        "shard": None,
        "updateSnapshots": "missing",
        "version": "1.54.1",
        "workers": 4,
        "webServer": None,
    }
