"""GitHub Actions fetched again: attempts of a run, and bundles that lie in the inbox or were loaded."""

import datetime as dt
from typing import Any

import pytest

from ingest.apis import Window
from tests.unit.github_support import (
    BUNDLE,
    CI,
    DAY,
    JUNIT,
    RERUN,
    FakeGitHub,
    bundle_of,
    fetch,
    one_run,
    run_again,
    zip_of,
)


def test_each_attempt_has_the_artifacts_of_its_time() -> None:
    github = one_run(conclusion="failure")
    run_again(github)
    github.job(1, "unit", attempt=2)
    github.artifact(1, "unit-test-results", zip_of(again_xml=JUNIT))
    found = fetch(github)
    assert found.new == [BUNDLE, RERUN]
    assert list(found.inbox.members(BUNDLE)) == [
        "manifest.json",
        "unit-test-results/unit/junit.xml",
    ]
    assert list(found.inbox.members(RERUN)) == ["manifest.json", "unit-test-results/again.xml"]
    assert found.inbox.manifest(BUNDLE)["started_at"] == "2026-06-02T08:00:00+00:00"
    assert found.inbox.manifest(RERUN)["started_at"] == "2026-06-03T09:00:00+00:00"
    assert found.inbox.manifest(RERUN)["attempt"] == 2


def test_what_a_rerun_took_from_github_stays_in_the_inbox() -> None:
    github = one_run(conclusion="failure")
    inbox = fetch(github).inbox
    first = inbox[BUNDLE]
    run_again(github)
    github.artifacts.clear()
    github.artifact(1, "unit-test-results", zip_of(again_xml=JUNIT))
    found = fetch(github, inbox)
    assert found.new == [RERUN]
    assert inbox[BUNDLE] == first


def test_whether_an_earlier_attempt_delivered_is_unknown_when_its_artifacts_are_gone() -> None:
    github = one_run(conclusion="failure")
    run_again(github)
    github.artifacts.clear()
    github.artifact(1, "unit-test-results", zip_of(again_xml=JUNIT))
    expecting = [{**CI, "expected_suites": ["unit"], "suites": {"unit*": "unit"}}]
    assert fetch(github, workflows=expecting).new == [RERUN]


def test_a_bundle_that_left_the_inbox_after_it_was_loaded_is_not_made_poorer() -> None:
    github = one_run()
    settings = {"workflows": [{**CI, "expected_suites": ["unit"]}]}
    assert fetch(github, **settings).new == [BUNDLE]
    github.artifacts[1][0]["expired"] = True
    found = fetch(github, loaded={BUNDLE}, **settings)
    assert (found.new, found.asked) == ([], ["runs"])
    run_again(github)
    github.artifact(1, "unit-test-results", zip_of(again_xml=JUNIT))
    assert fetch(github, loaded={BUNDLE}, **settings).new == [RERUN]


def test_a_packed_bundle_that_left_the_inbox_is_not_downloaded_again() -> None:
    github = FakeGitHub()
    github.run(1)
    github.artifact(1, "gapsight", bundle_of())
    assert fetch(github, loaded={"06-02/shop-web-1-1-gapsight.zip"}).new == []
    assert not github.storage_saw


def two_suites() -> tuple[FakeGitHub, dict[str, Any]]:
    github = FakeGitHub()
    github.run(1, conclusion="failure")
    for suite in ("unit", "e2e"):
        github.job(1, suite, conclusion="failure" if suite == "e2e" else "success")
        github.artifact(1, f"{suite}-report", zip_of(junit_xml=JUNIT))
    suites = {"unit-*": "unit", "e2e-*": "e2e"}
    return github, {"workflows": [{"expected_suites": ["unit", "e2e"], "suites": suites}]}


@pytest.mark.parametrize("lists_old_jobs", [True, False])
def test_a_rerun_of_the_failed_jobs_does_not_owe_the_suites_of_the_others(
    lists_old_jobs: bool,
) -> None:
    github, settings = two_suites()
    run_again(github)
    github.job(1, "e2e", attempt=2)
    if lists_old_jobs:
        github.job(1, "unit", attempt=2, started_at="2026-06-02T08:00:10Z")
    github.artifact(1, "e2e-report", zip_of(again_xml=JUNIT))
    found = fetch(github, **settings)
    assert found.inbox.manifest(BUNDLE)["expected_suites"] == ["unit", "e2e"]
    assert found.inbox.manifest(RERUN)["expected_suites"] == ["e2e"]
    assert [job["name"] for job in found.inbox.manifest(RERUN)["jobs"]] == ["e2e"]


def test_a_rerun_of_all_jobs_owes_all_suites() -> None:
    github, settings = two_suites()
    run_again(github, conclusion="failure")
    for suite in ("unit", "e2e"):
        github.job(1, suite, attempt=2)
    github.artifact(1, "unit-report", zip_of(again_xml=JUNIT))
    found = fetch(github, **settings)
    assert found.inbox.manifest(RERUN)["expected_suites"] == ["unit", "e2e"]


def test_an_attempt_that_github_forgot_is_said() -> None:
    github = one_run()
    run_again(github)
    del github.attempts[1, 1]
    github.artifact(1, "report", zip_of(junit_xml=JUNIT))
    found = fetch(github)
    assert found.new == [RERUN]
    assert found.notes == ["earlier attempts of a run are no longer known to GitHub"]


def test_a_run_that_is_there_is_not_downloaded_again_even_if_it_is_asked_for_again() -> None:
    github = one_run()
    inbox = fetch(github).inbox
    found = fetch(github, inbox)
    assert found.new == []
    assert found.asked == ["runs", "runs/1/artifacts"]
    assert len(github.storage_saw) == 1


def test_a_run_that_did_not_change_since_the_last_fetch_is_not_looked_at() -> None:
    github = one_run()
    github.run(2, "2026-06-02T09:00:00Z", updated_at="2026-06-03T04:00:00Z")
    github.artifact(2, "report", zip_of(junit_xml=JUNIT))
    night = dt.datetime(2026, 6, 3, 2, 30, tzinfo=dt.UTC)
    found = fetch(github, window=Window(DAY, DAY, "Europe/Berlin", fetched_at=night))
    assert found.new == ["06-02/shop-web-2-1.zip"], "it was still running on the night before"
    assert "runs/1/artifacts" not in found.asked


def test_changed_settings_change_what_lies_there_without_a_download() -> None:
    github = one_run()
    inbox = fetch(github, workflows=[CI]).inbox
    changed = [{**CI, "stage": "nightly", "expected_suites": ["unit"], "suites": {"unit*": "unit"}}]
    found = fetch(github, inbox, workflows=changed)
    assert found.new == [BUNDLE]
    manifest = inbox.manifest(BUNDLE)
    assert (manifest["stage"], manifest["expected_suites"]) == ("nightly", ["unit"])
    assert manifest["reports"] == [{"path": "unit-test-results/*", "suite": "unit"}]
    assert len(github.storage_saw) == 1
    github.artifacts.clear()
    fetch(github, inbox, workflows=[CI])
    assert "unit-test-results/unit/junit.xml" in inbox.members(BUNDLE)
    assert inbox.manifest(BUNDLE)["stage"] == "merge"


def test_a_wider_pattern_downloads_what_is_not_there_yet() -> None:
    github = one_run()
    github.artifact(1, "screens", zip_of(junit_xml=JUNIT))
    inbox = fetch(github).inbox
    found = fetch(github, inbox, artifacts=["*test*", "screens"])
    assert found.new == [BUNDLE]
    assert len(github.storage_saw) == 2
    assert [one["name"] for one in inbox.manifest(BUNDLE)["artifacts"]] == [
        "screens",
        "unit-test-results",
    ]
