"""GitHub Actions from a server on loopback: one bundle per run attempt, whole and truthful."""

import datetime as dt
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ingest import apis, sources
from ingest.apis import Access, ApiError, Window
from ingest.records import CiRun, TestAttempt
from ingest.source import Context, Reject, Warn
from tests.unit.github_support import (
    DAY,
    JUNIT,
    SHA,
    TOKEN,
    FakeGitHub,
    Inbox,
    account,
    bundle_of,
    fetch,
    said,
    zip_of,
)
from tests.unit.vendor_server import Asked, Reply, Vendor, reply

BUNDLE = "06-02/shop-web-1-1.zip"
RERUN = "06-02/shop-web-1-2.zip"
CI = {"name": "CI", "stage": "merge", "blocking": True, "environment": "ci"}


def one_run(**fields: Any) -> FakeGitHub:
    github = FakeGitHub()
    github.run(1, **fields)
    github.job(1, "unit")
    github.artifact(1, "unit-test-results", zip_of(unit__junit_xml=JUNIT, log_txt="x" * 1000))
    return github


def run_again(
    github: FakeGitHub, attempt: int = 2, at: str = "2026-06-03T09:00:00Z", **fields: Any
) -> None:
    github.run(1, run_attempt=attempt, run_started_at=at, updated_at=at, **fields)


def rows(inbox: Inbox, name: str, place: Path) -> list[Any]:
    """What the source reads of a bundle."""
    path = place / "bundle.zip"
    path.write_bytes(inbox[name])
    return list(sources.get("ci_bundle").parse(path, Context(folder_day=DAY, name=path.name)))


def refused(answer: Any) -> str:
    with Vendor(answer) as vendor:
        access = Access(sleep=lambda _: None)
        coming = apis.get("github_actions").fetch(account(vendor.url), Window(DAY, DAY), access)
        with pytest.raises(ApiError) as error:
            list(coming)
    assert "t0ken" not in str(error.value)
    return str(error.value)


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


def test_only_artifacts_of_the_settings_are_downloaded() -> None:
    github = one_run()
    github.artifact(1, "docker-image", b"x" * 100)
    github.artifact(1, "Playwright-Report", zip_of(junit_xml=JUNIT))
    assert len(fetch(github).inbox.members(BUNDLE)) == 3
    assert len(github.storage_saw) == 2
    assert len(fetch(github, artifacts=["docker*"]).inbox.members(BUNDLE)) == 1


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


# Artifacts that are not what one would wish


@pytest.mark.parametrize("how", ["flag", "410 Gone", "404 Not Found"])
def test_an_expired_artifact_is_said_and_counted_and_no_error(how: str, tmp_path: Path) -> None:
    github = one_run()
    late = github.artifact(1, "e2e-report", b"", digest=None)
    if how == "flag":
        late["expired"] = True
    else:
        github.files[late["id"]] = reply({"message": "Artifact has expired"}, how)
    found = fetch(github)
    assert found.notes == ["artifacts had expired before they were fetched"]
    assert found.inbox.manifest(BUNDLE)["artifacts"][0] == {
        "name": "e2e-report",
        "problem": "it had expired before it was fetched",
    }
    warnings = [
        item.reason for item in rows(found.inbox, BUNDLE, tmp_path) if isinstance(item, Warn)
    ]
    assert warnings == ["artifact e2e-report: it had expired before it was fetched"]


def test_a_run_whose_artifacts_have_all_expired_writes_nothing_unless_reports_are_expected() -> (
    None
):
    github = one_run()
    github.artifacts[1][0]["expired"] = True
    assert fetch(github).new == []
    assert fetch(github, workflows=[{**CI, "expected_suites": ["unit"]}]).new == [BUNDLE]


def test_an_artifact_larger_than_the_limit_is_left_and_said(tmp_path: Path) -> None:
    github = one_run()
    github.artifact(1, "e2e-report", zip_of(junit_xml=JUNIT, big_txt=bytes(range(256)) * 200))
    liar = github.artifact(1, "load-report", bytes(range(256)) * 200, size_in_bytes=10)
    found = fetch(github, max_artifact_bytes=1000)
    assert found.notes == ["artifacts are larger than max_artifact_bytes"] * len(found.notes)
    artifacts = {
        one["name"]: one.get("problem") for one in found.inbox.manifest(BUNDLE)["artifacts"]
    }
    assert artifacts == {
        "e2e-report": None,
        "load-report": "it has more than 1,000 bytes, the limit",
        "unit-test-results": None,
    }
    assert liar["id"] in {int(asked.path[6:]) for asked in github.storage_saw}


def test_a_damaged_zip_that_came_whole_is_a_problem_of_that_artifact(tmp_path: Path) -> None:
    github = one_run()
    github.artifact(1, "e2e-report", zip_of(junit_xml=JUNIT)[:-30])
    found = fetch(github, workflows=[{"suites": {"e2e*": "e2e"}, "expected_suites": ["e2e"]}])
    [broken, fine] = found.inbox.manifest(BUNDLE)["artifacts"]
    assert "neither a folder nor a zip" in broken["problem"]
    assert "problem" not in fine
    [run] = [row for row in rows(found.inbox, BUNDLE, tmp_path) if isinstance(row, CiRun)]
    assert json.loads(run.missing_suites_json or "") == ["e2e"]


def test_a_damaged_member_costs_only_itself() -> None:
    github = one_run()
    content = bytearray(zip_of(a_xml=JUNIT * 50, b_xml=JUNIT))
    content[40] ^= 0xFF
    github.artifact(1, "e2e-report", bytes(content))
    found = fetch(github)
    assert "e2e-report/b.xml" in found.inbox.members(BUNDLE)
    assert "e2e-report/a.xml" not in found.inbox.members(BUNDLE)
    assert found.inbox.manifest(BUNDLE)["artifacts"][0]["problem"].startswith("a.xml: ")


def test_damage_behind_the_first_bytes_is_found_before_a_bundle_is_begun() -> None:
    github = one_run()
    long = JUNIT.replace(
        'name="t"/', f'name="t"><system-out>{"x" * 500_000}</system-out></testcase'
    )
    content = bytearray(zip_of(a_xml=long, b_xml=JUNIT))
    info = zipfile.ZipFile(io.BytesIO(content)).infolist()[0]
    content[info.header_offset + 30 + len(info.filename) + info.compress_size - 3] ^= 0xFF
    github.artifact(1, "e2e-report", bytes(content))
    found = fetch(github)
    assert "e2e-report/b.xml" in found.inbox.members(BUNDLE)
    assert found.inbox.manifest(BUNDLE)["artifacts"][0]["problem"].startswith("a.xml: ")


def test_an_artifact_without_a_report_is_named_and_not_fetched_again(tmp_path: Path) -> None:
    github = FakeGitHub()
    github.run(1)
    github.artifact(1, "html-report", zip_of(index_html="<html/>"))
    found = fetch(github)
    assert found.inbox.manifest(BUNDLE)["artifacts"] == [
        {"name": "html-report", "problem": "no report of a known format is in it"}
    ]
    fetch(github, found.inbox)
    assert len(github.storage_saw) == 1


def test_a_single_file_that_was_not_zipped_is_read_too() -> None:
    github = FakeGitHub()
    github.run(1)
    github.artifact(1, "test-results.xml", JUNIT.encode())
    github.artifact(1, "more-test-results.xml.gz", gzip.compress(JUNIT.encode()))
    members = fetch(github).inbox.members(BUNDLE)
    assert members["test-results.xml/test-results.xml"] == JUNIT.encode()
    assert members["more-test-results.xml.gz/more-test-results.xml.gz"] == JUNIT.encode()


@pytest.mark.parametrize("name", ["..", "../../etc/report", "a/b report", "x[*]?test", "te\x00st"])
def test_a_hostile_name_stays_inside_the_bundle(name: str, tmp_path: Path) -> None:
    github = FakeGitHub()
    github.run(1)
    github.artifact(1, name, zip_of(junit_xml=JUNIT))
    found = fetch(
        github, artifacts=["*"], workflows=[{"suites": {"*": "unit"}, "expected_suites": ["unit"]}]
    )
    items = rows(found.inbox, BUNDLE, tmp_path)
    [run] = [row for row in items if isinstance(row, CiRun)]
    assert run.missing_suites_json is None
    assert not [item for item in items if isinstance(item, Reject)]


def test_members_that_lead_out_of_the_zip_are_left() -> None:
    github = FakeGitHub()
    github.run(1)
    github.artifact(1, "report", zip_of(**{"____/junit.xml": JUNIT, "ok_xml": JUNIT}))
    evil = [name for name in fetch(github).inbox.members(BUNDLE) if ".." in name]
    assert not evil


def test_the_newest_of_two_artifacts_of_one_name_counts() -> None:
    github = FakeGitHub()
    github.run(1)
    github.artifact(1, "report", zip_of(old_xml=JUNIT))
    github.artifact(1, "report", zip_of(new_xml=JUNIT))
    assert list(fetch(github).inbox.members(BUNDLE)) == ["manifest.json", "report/new.xml"]


# Bundles that CI packed itself


@pytest.mark.parametrize("shape", ["as the artifact", "inside the artifact"])
def test_a_bundle_that_ci_packed_is_kept_as_it_is(shape: str) -> None:
    packed = bundle_of(attempt=1)
    github = FakeGitHub()
    github.run(1)
    content = packed if shape == "as the artifact" else zip_of(out__bundle_zip=packed)
    github.artifact(1, "gapsight-linux", content)
    found = fetch(github, workflows=[{**CI, "expected_suites": ["unit"]}])
    assert found.inbox == {"06-02/shop-web-1-1-gapsight-linux.zip": packed}
    assert fetch(github, found.inbox).new == []
    assert len(github.storage_saw) == 1


def test_several_bundles_in_one_artifact_are_all_kept_and_speak_for_what_lies_beside_them() -> None:
    one, two = bundle_of(build="1"), bundle_of(build="2")
    github = FakeGitHub()
    github.run(1)
    github.artifact(1, "gapsight", zip_of(a_zip=one, b_zip=two, c_zip=b"PK no zip", unit_xml=JUNIT))
    found = fetch(github)
    # The first comes last: when it lies in the inbox, so do the others.
    assert found.new == ["06-02/shop-web-1-1-gapsight-2.zip", "06-02/shop-web-1-1-gapsight.zip"]
    assert [found.inbox[name] for name in found.new] == [two, one]


@pytest.mark.parametrize("why", ["fork", "repo"])
def test_a_bundle_that_may_not_speak_for_the_run_is_read_as_plain_reports(why: str) -> None:
    github = FakeGitHub()
    fork = {"head_repository": {"id": 2, "full_name": "mallory/web"}} if why == "fork" else {}
    github.run(1, **fork)
    github.artifact(1, "gapsight", bundle_of(stage="release", repo="shop-web" if fork else "bank"))
    github.artifact(1, "gapsight-more", zip_of(a_zip=bundle_of(repo="bank")))
    found = fetch(github)
    assert found.new == [BUNDLE]
    manifest = found.inbox.manifest(BUNDLE)
    assert manifest["repo"] == "shop-web"
    assert "stage" not in manifest
    assert list(found.inbox.members(BUNDLE)) == ["manifest.json", "gapsight/junit.xml"]
    assert len(found.notes) == 1
    assert manifest["artifacts"][1]["problem"].startswith("a.zip: they ")


# Attempts, and what lies in the inbox


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


def test_a_bundle_that_cannot_be_opened_is_fetched_anew() -> None:
    github = one_run()
    inbox = fetch(github).inbox
    whole, inbox[BUNDLE] = inbox[BUNDLE], inbox[BUNDLE][:-40]
    assert fetch(github, inbox).new == [BUNDLE]
    assert inbox[BUNDLE] == whole


def test_a_bundle_with_a_damaged_report_is_named() -> None:
    github = one_run()
    inbox = fetch(github).inbox
    with zipfile.ZipFile(io.BytesIO(inbox[BUNDLE])) as archive:
        info = archive.infolist()[1]
    broken = bytearray(inbox[BUNDLE])
    broken[info.header_offset + 30 + len(info.filename) + 5] ^= 0xFF
    inbox[BUNDLE] = bytes(broken)
    with pytest.raises(ApiError, match=r"shop-web-1-1\.zip in the inbox is damaged .* remove it"):
        fetch(github, inbox, workflows=[CI])


# Lists


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


# Refusals and breaks


def test_a_repository_that_cannot_be_seen_says_which_right_the_token_needs() -> None:
    message = refused(lambda _: reply({"message": "Not Found"}, "404 Not Found"))
    assert "there is no repository acme/web, or it may not be seen" in message
    assert "the token in GITHUB_TOKEN needs the repository permission Actions: read" in message


def test_a_budget_that_is_spent_between_two_runs_keeps_what_came() -> None:
    github = one_run()
    github.run(2)
    github.artifact(2, "report", zip_of(junit_xml=JUNIT))
    spent = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "1782817200",
             "Date": "Tue, 30 Jun 2026 10:00:00 GMT"}  # fmt: skip
    refusal = reply({"message": "API rate limit exceeded"}, "403 Forbidden", **spent)
    github.instead = lambda asked: refusal if "runs/2/" in asked.path else None
    inbox = Inbox()
    with pytest.raises(ApiError, match=r"come again in 3,601 s, at \d{4}-\d\d-\d\d \d\d:\d\d UTC"):
        fetch(github, inbox)
    assert list(inbox) == [BUNDLE]
    github.instead = None
    assert fetch(github, inbox).new == ["06-02/shop-web-2-1.zip"]


def test_a_download_that_breaks_off_leaves_nothing_of_its_run() -> None:
    github = one_run()
    content = zip_of(junit_xml=JUNIT)
    late = github.artifact(1, "e2e-report", content)
    github.files[late["id"]] = reply(content[:50], Content_Length=str(len(content)))
    inbox = Inbox()
    with pytest.raises(ApiError, match="broke off"):
        fetch(github, inbox)
    assert not inbox


def test_a_download_that_is_not_what_was_uploaded_is_refused() -> None:
    github = one_run()
    late = github.artifact(1, "e2e-report", zip_of(junit_xml=JUNIT))
    github.files[late["id"]] = reply(zip_of(other_xml=JUNIT))  # whole, and not it
    inbox = Inbox()
    with pytest.raises(ApiError, match="'e2e-report' came other than GitHub says"):
        fetch(github, inbox)
    assert not inbox


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply({"message": "Bad credentials"}, "401 Unauthorized"), "single sign-on"),
        (reply({"message": "Resource not accessible"}, "403 Forbidden"), "Actions: read"),
        (reply({"total_count": 1}), "not what was expected"),
        (reply({"total_count": 1, "workflow_runs": [{"id": "x"}]}), "not what was expected"),
        (reply(b'{"total_count": 1, "workfl', Content_Type="application/json"), "not what was"),
        (reply(b"<html>Sign in</html>", Content_Type="text/html"), "Sign in"),
        (reply(b"", "502 Bad Gateway"), "answered 502"),
    ],
)
def test_an_answer_that_is_none_leaves_nothing(answer: bytes, words: str) -> None:
    assert words in refused(lambda _: answer)


def test_a_run_with_a_branch_or_job_of_any_name_gives_a_manifest_that_is_read(
    tmp_path: Path,
) -> None:
    github = one_run(head_branch="ünï/\u202e" + "x" * 600, head_sha="HEAD", name=None)
    github.job(1, "<b>" + "y" * 900)
    github.job(1, "")
    found = fetch(github)
    [run] = [row for row in rows(found.inbox, BUNDLE, tmp_path) if isinstance(row, CiRun)]
    assert run.sha is None
    assert run.pipeline == ".github/workflows/ci.yml"


WRONG = (None, -1, 1e300, "", "2026-06-02T08:00:00", [1], {"a": 1}, "\x00")


def test_any_wrong_type_in_any_field_gives_bundles_or_an_error_that_says_so(tmp_path: Path) -> None:
    def whole() -> FakeGitHub:
        github = one_run(conclusion="failure", pull_requests=[{"number": 1}])
        run_again(github)
        github.job(1, "unit", attempt=2)
        return github

    tried = 0
    for place in ("runs", "jobs", "artifacts"):
        held = getattr(whole(), place)[(1, 1) if place == "jobs" else 1]
        for name in held if isinstance(held, dict) else held[0]:
            for value in WRONG:
                github = whole()
                record = getattr(github, place)[(1, 1) if place == "jobs" else 1]
                (record if isinstance(record, dict) else record[0])[name] = value
                tried += 1
                try:
                    found = fetch(github, workflows=[{"expected_suites": ["unit"]}])
                except ApiError:
                    continue
                for bundle in found.new:
                    assert rows(found.inbox, bundle, tmp_path)
    assert tried > 200
