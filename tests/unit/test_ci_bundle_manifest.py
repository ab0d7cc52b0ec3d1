"""CI bundles: what a manifest says of the run and its rows, wrong manifests, and suites that did not come."""

import datetime as dt
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ingest.records import CiRun, FileCoverage, TestAttempt
from ingest.source import FormatError, Warn
from tests.unit.ci_bundle_support import (
    COBERTURA,
    JUNIT,
    MANIFEST,
    PLAYWRIGHT,
    attempts,
    items,
    reasons,
    run_of,
    zipped,
)

NAKED = '<testsuite name="s" timestamp="2026-01-01T00:00:00Z"><testcase name="t"/></testsuite>'


def test_all_rows_take_the_day_of_the_run(tmp_path: Path) -> None:
    found = items(zipped(tmp_path, {"a.xml": NAKED, "b.xml": COBERTURA}))
    days = {item.day for item in found if isinstance(item, TestAttempt | FileCoverage | CiRun)}
    assert days == {dt.date(2026, 6, 30)}
    unknown = {k: v for k, v in MANIFEST.items() if k != "started_at"}
    assert run_of(items(zipped(tmp_path, {}, unknown))).day == dt.date(2026, 7, 9)


def test_rows_know_their_run(tmp_path: Path) -> None:
    reports = [{"path": "a.xml", "format": "junit", "environment": "py3.13"}]
    found = items(
        zipped(tmp_path, {"a.xml": JUNIT, "b.xml": JUNIT}, MANIFEST | {"reports": reports})
    )
    assert {(r.repo, r.sha, r.build, r.run_attempt) for r in attempts(found)} == {
        ("shop-web", MANIFEST["sha"], "1234", 1)
    }
    assert [row.environment for row in attempts(found)] == ["py3.13", "ci"]


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"gapsight_bundle": None}, "`gapsight_bundle` is None, expected 1"),
        ({"gapsight_bundle": 2}, "`gapsight_bundle` is 2"),
        ({"repo": ""}, "missing required field `repo`"),
        ({"build": None}, "`build`"),
        ({"sha": "main"}, "`sha`"),
        ({"base_sha": 12345678}, "`base_sha`"),
        ({"attempt": 0}, "`attempt`"),
        ({"stage": "prod"}, "`stage`: .*production"),
        ({"blocking": "yes"}, "`blocking`"),
        ({"env_facts": {"db": []}}, "`env_facts"),
        ({"started_at": "yesterday"}, "`started_at` is no time since 2000: 'yesterday'"),
        ({"started_at": "0"}, "`started_at` is no time since 2000"),
        ({"finished_at": "9999-12-31T23:59:59-14:00"}, "`finished_at` is no time"),
        ({"reports": [{"format": "junit"}]}, r"`reports\[0\]`.*`path`|`path`.*`reports\[0\]`"),
        ({"expected_suites": "pytest"}, "`expected_suites`"),
    ],
)
def test_a_wrong_manifest_names_the_key(
    tmp_path: Path, changed: dict[str, Any], found: str
) -> None:
    with pytest.raises(FormatError) as raised:
        items(zipped(tmp_path, {}, MANIFEST | changed))
    text = str(raised.value)
    assert text.startswith("manifest.json")
    assert re.search(found, text), text


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"{", "no JSON object"), (b"[]", "no JSON object"), (b"\xff\xfe{", "no JSON object")],
)
def test_a_manifest_that_is_no_object(tmp_path: Path, content: bytes, found: str) -> None:
    place = tmp_path / "b.zip"
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("manifest.json", content)
    with pytest.raises(FormatError, match=found):
        items(place)


def test_what_is_no_bundle_at_all(tmp_path: Path) -> None:
    place = tmp_path / "bundle.zip"
    with pytest.raises(FormatError, match="no file or folder"):
        items(place)
    place.write_bytes(b"not a zip")
    with pytest.raises(FormatError, match="neither a folder nor a zip"):
        items(place)
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError, match=r"no manifest\.json"):
        items(tmp_path / "empty")


def test_unset_variables_and_unknown_keys(tmp_path: Path) -> None:
    found = items(zipped(tmp_path, {}, MANIFEST | {"sha": "", "pr": "", "expected_suits": []}))
    assert run_of(found).sha is None
    assert [item.reason for item in found if isinstance(item, Warn)] == [
        "manifest.json: unknown keys expected_suits",
        "manifest.json: no `sha`: results stay evidence without a commit",
    ]


def test_suites_that_came_and_suites_that_did_not(tmp_path: Path) -> None:
    manifest = MANIFEST | {
        "expected_suites": ["pytest", "surefire", "playwright", "contract", "a11y"],
        "reports": [
            {"path": "results/a.xml", "format": "junit", "suite": "contract"},
            {"path": "gone.xml", "format": "junit", "suite": "a11y"},
        ],
    }
    members = {
        "results/a.xml": JUNIT,
        "results/pytest.xml": "<testsuite><testcase name='cut",
        "surefire/TEST-a.xml": JUNIT,
        "surefire/TEST-b.xml": JUNIT,
        "out/report.json": PLAYWRIGHT,
    }
    run = run_of(items(zipped(tmp_path, members, manifest)))
    assert run.received_suites_json == '["contract","playwright","surefire"]'
    assert run.missing_suites_json == '["pytest","a11y"]', "a report cut off has not come"
    assert run_of(items(zipped(tmp_path, {}))).missing_suites_json is None


def test_a_run_that_broke_before_its_tests_has_not_delivered_its_suite(tmp_path: Path) -> None:
    broken = json.dumps(
        {"config": {"forbidOnly": True}, "suites": [], "errors": [{"message": "x"}]}
    )
    manifest = MANIFEST | {"expected_suites": ["playwright"]}
    found = items(zipped(tmp_path, {"playwright.json": broken}, manifest))
    assert run_of(found).missing_suites_json == '["playwright"]'
    assert reasons(found) == ["playwright.json: the run failed before any test (1 errors)"]


def test_a_suite_of_which_an_artifact_is_not_here_did_not_come_whole(tmp_path: Path) -> None:
    manifest = {
        **MANIFEST,
        "expected_suites": ["unit", "e2e"],
        "reports": [
            {"path": "e2e-report-1/junit.xml", "suite": "e2e"},
            {"path": "unit/junit.xml", "suite": "unit"},
        ],
        "artifacts": [
            {"name": "e2e-report-1", "suite": "e2e"},
            {"name": "e2e-report-2", "suite": "e2e", "problem": "it had expired"},
            {"name": "unit", "suite": "unit"},
        ],
    }
    reports = {"e2e-report-1/junit.xml": JUNIT, "unit/junit.xml": JUNIT}
    found = items(zipped(tmp_path, reports, manifest))
    run = run_of(found)
    assert json.loads(run.received_suites_json or "") == ["unit"]
    assert json.loads(run.missing_suites_json or "") == ["e2e"]
    assert [item.reason for item in found if isinstance(item, Warn)] == [
        "artifact e2e-report-2: it had expired"
    ]
