"""Artifacts of GitHub Actions: which are downloaded, what is kept of them, and what is said of the others."""

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest

from ingest.records import CiRun
from ingest.source import Reject, Warn
from tests.unit.github_support import (
    BUNDLE,
    CI,
    JUNIT,
    FakeGitHub,
    bundle_of,
    fetch,
    one_run,
    rows,
    zip_of,
)
from tests.unit.vendor_server import reply


def test_only_artifacts_of_the_settings_are_downloaded() -> None:
    github = one_run()
    github.artifact(1, "docker-image", b"x" * 100)
    github.artifact(1, "Playwright-Report", zip_of(junit_xml=JUNIT))
    assert len(fetch(github).inbox.members(BUNDLE)) == 3
    assert len(github.storage_saw) == 2
    assert len(fetch(github, artifacts=["docker*"]).inbox.members(BUNDLE)) == 1


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
