"""GitHub Actions from a server on loopback: which runs a day has, and what a bundle says of one."""

import json
from pathlib import Path

import pytest

from ingest.apis import ApiError, Window
from ingest.records import CiRun, TestAttempt
from ingest.source import Reject, Warn
from tests.unit.github_support import (
    BUNDLE,
    CI,
    DAY,
    JUNIT,
    SHA,
    TOKEN,
    FakeGitHub,
    fetch,
    one_run,
    rows,
    said,
    zip_of,
)
from tests.unit.vendor_server import Asked, Reply, reply


def test_a_run_becomes_a_bundle_that_the_source_reads(tmp_path: Path) -> None:
    github = one_run(pull_requests=[{"id": 7, "number": 42}])
    found = fetch(github, workflows=[CI])
    assert found.new == [BUNDLE]
    assert found.inbox.manifest(BUNDLE) == {
        "gapsight_bundle": 1,
        "repo": "shop-web",
        "sha": SHA,
        "branch": "main",
        "build": "1",
        "attempt": 1,
        "pr": 42,
        "pipeline": "CI",
        "started_at": "2026-06-02T08:00:00+00:00",
        "finished_at": "2026-06-02T08:00:59+00:00",
        "jobs": [{"name": "unit", "conclusion": "success"}],
        "stage": "merge",
        "blocking": True,
        "environment": "ci",
        "reports": [],
        "artifacts": [{"name": "unit-test-results"}],
    }
    assert list(found.inbox.members(BUNDLE)) == [
        "manifest.json",
        "unit-test-results/unit/junit.xml",
    ]
    items = rows(found.inbox, BUNDLE, tmp_path)
    [run] = [item for item in items if isinstance(item, CiRun)]
    assert (run.repo, run.build, run.run_attempt, run.pr, run.stage) == (
        "shop-web",
        "1",
        1,
        "42",
        "merge",
    )
    [test] = [item for item in items if isinstance(item, TestAttempt)]
    assert (test.name, test.sha, test.build, test.environment) == ("t", SHA, "1", "ci")
    assert not [item for item in items if isinstance(item, Reject | Warn)]


def test_the_search_is_bounded_by_the_day_in_the_reporting_zone() -> None:
    github = one_run()
    github.run(2, "2026-06-01T22:30:00Z")  # half past midnight in Berlin
    github.run(3, "2026-06-02T22:30:00Z")  # of the next day
    github.artifact(2, "report", zip_of(junit_xml=JUNIT))
    github.artifact(3, "report", zip_of(junit_xml=JUNIT))
    found = fetch(github)
    assert found.new == [BUNDLE, "06-02/shop-web-2-1.zip"]
    assert github.asked[0].query["created"] == "2026-06-01T22:00:00Z..2026-06-02T21:59:59Z"
    assert github.asked[0].query["status"] == "completed"


def test_the_token_does_not_go_to_the_storage_host() -> None:
    github = one_run()
    fetch(github)
    [asked] = github.storage_saw
    assert not said(asked.headers)
    assert TOKEN not in str(asked)
    assert github.asked[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_the_same_run_gives_the_same_bytes() -> None:
    one, other = fetch(one_run()).inbox, fetch(one_run()).inbox
    assert one == other


def test_a_run_with_neither_artifact_nor_expectation_writes_nothing() -> None:
    github = FakeGitHub()
    github.run(1)
    found = fetch(github, workflows=[CI])
    assert (found.new, found.asked) == ([], ["runs", "runs/1/artifacts"])


def test_a_report_that_is_expected_and_did_not_come_is_a_state(tmp_path: Path) -> None:
    github = one_run(conclusion="failure")
    github.job(1, "e2e", conclusion="failure")
    workflows = [{**CI, "expected_suites": ["unit", "e2e"], "suites": {"unit-*": "unit"}}]
    [run] = [
        row
        for row in rows(fetch(github, workflows=workflows).inbox, BUNDLE, tmp_path)
        if isinstance(row, CiRun)
    ]
    assert json.loads(run.received_suites_json or "") == ["unit"]
    assert json.loads(run.missing_suites_json or "") == ["e2e"]
    github.artifacts.clear()
    found = fetch(github, workflows=workflows)
    [run] = [row for row in rows(found.inbox, BUNDLE, tmp_path) if isinstance(row, CiRun)]
    assert json.loads(run.missing_suites_json or "") == ["unit", "e2e"]
    assert found.inbox.manifest(BUNDLE)["jobs"][1] == {"name": "e2e", "conclusion": "failure"}


@pytest.mark.parametrize("conclusion", ["skipped", "action_required", "stale"])
def test_nobody_expects_a_report_of_a_run_that_never_began(conclusion: str) -> None:
    github = FakeGitHub()
    github.run(1, conclusion=conclusion)
    assert fetch(github, workflows=[{**CI, "expected_suites": ["unit"]}]).new == []


def test_the_first_workflow_that_fits_by_name_file_and_event_counts() -> None:
    github = one_run(event="schedule")
    workflows = [
        {"name": "Dependabot*", "skip": True},
        {"name": "ci.yml", "event": "schedule", "stage": "nightly"},
        {"name": "*", "stage": "weekly"},
    ]
    assert fetch(github, workflows=workflows).inbox.manifest(BUNDLE)["stage"] == "nightly"
    github.run(1, name="Dependabot Updates")
    assert fetch(github, workflows=workflows).asked == ["runs"]


def test_a_fork_is_told_by_its_branch_and_makes_no_release() -> None:
    fork = {"id": 2, "full_name": "mallory/web"}
    github = one_run(head_repository=fork, event="pull_request", name="Release")
    workflows = [{"name": "Release", "stage": "release"}]
    manifest = fetch(github, workflows=workflows).inbox.manifest(BUNDLE)
    assert manifest["branch"] == "mallory:main"
    assert "stage" not in manifest
    workflows = [{"name": "*", "stage": "merge"}]
    assert fetch(github, workflows=workflows).inbox.manifest(BUNDLE)["stage"] == "merge"


def test_more_than_a_thousand_runs_are_asked_for_in_halves() -> None:
    github = FakeGitHub()
    for number in range(1, 2001):
        github.run(number, f"2026-06-02T{number % 24:02}:{number % 60:02}:00Z")
    found = fetch(github, window=Window(DAY, DAY), workflows=[{"skip": True}])
    spans = [asked.query["created"] for asked in github.asked if asked.query["page"] == "1"]
    assert spans[:2] == [
        "2026-06-02T00:00:00Z..2026-06-02T23:59:59Z",
        "2026-06-02T00:00:00Z..2026-06-02T11:59:59Z",
    ]
    assert found.notes == []
    listed = [asked for asked in github.asked if asked.query["page"] != "1"]
    assert len(listed) >= 16, "each half is read to its end"


def test_more_than_a_thousand_runs_of_one_second_cannot_be_listed() -> None:
    github = FakeGitHub()
    for number in range(1, 1003):
        github.run(number)
    with pytest.raises(ApiError, match="1000 of 1002 runs"):
        fetch(github)


def test_a_list_that_moved_while_it_was_read_is_read_again() -> None:
    github = FakeGitHub()
    for number in range(1, 151):
        github.run(number)
    calls: list[str] = []

    def moving(asked: Asked) -> Reply | None:
        if asked.path.endswith("/runs"):
            calls.append(asked.query["page"])
            if calls == ["1", "2"]:  # the first run was started again: the others moved up
                taken = github.runs.pop(1)
                answer = github.usual(asked)
                github.runs[1] = taken
                return answer
        return None

    github.instead = moving
    found = fetch(github, workflows=[{"skip": True}])
    assert calls == ["1", "2", "1", "2"]
    assert found.notes == []


def test_a_list_that_stays_short_is_said() -> None:
    github = one_run()
    body = {"total_count": 2, "workflow_runs": [github.runs[1]]}
    github.instead = lambda asked: reply(body) if asked.path.endswith("/runs") else None
    found = fetch(github)
    assert found.new == [BUNDLE]
    assert found.notes == ["GitHub counted more runs than it listed; fetch the day again"]
