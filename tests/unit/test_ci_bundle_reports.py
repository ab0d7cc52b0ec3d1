"""CI bundles: what is taken for a report, of which format, whatever it is called."""

import datetime as dt
import json
from collections import Counter
from pathlib import Path

import pytest

from ingest.records import CiRun, FileCoverage, TestCoverage
from ingest.source import Origin, Warn
from tests.unit.ci_bundle_support import (
    COBERTURA,
    JUNIT,
    MANIFEST,
    PLAYWRIGHT,
    attempts,
    folder,
    items,
    reasons,
    zipped,
)

JACOCO = (
    '<report name="shop"><sessioninfo id="a" start="1782810720000" dump="1782810731000"/>'
    '<package name="a"><sourcefile name="B.java"><counter type="LINE" missed="1" covered="1"/>'
    "</sourcefile></package></report>"
)
ISTANBUL = json.dumps(
    {
        "a.ts": {
            "path": "a.ts",
            "statementMap": {"0": {"start": {"line": 1, "column": 0}}},
            "fnMap": {"0": {"name": "projectName"}},  # what a Playwright report is full of
            "branchMap": {},
            "s": {"0": 1},
            "f": {"0": 1},
            "b": {},
        }
    },
    separators=(",", ":"),
)
SUMMARY = json.dumps({"a.ts": {"lines": {"total": 2, "covered": 1, "skipped": 0, "pct": 50}}})
PYTEST = {
    "created": 1782810732.5,
    "exitcode": 0,
    "environment": {"Plugins": {"playwright": "1"}},
    "tests": [{"nodeid": "a.py::test_x", "outcome": "passed", "call": {"outcome": "passed"},
               "teardown": {"outcome": "passed"}}],
}  # fmt: skip
CTRF = {
    "results": {
        "tool": {"name": "playwright"},
        "summary": {"tests": 1, "passed": 1},
        "tests": [{"name": "t", "status": "passed", "duration": 1}],
    }
}
NEWER_CTRF = {"reportFormat": "CTRF", "specVersion": "1.0.0", "results": {"tests": [{
    "name": "t", "status": "passed", "duration": 1}]}}  # fmt: skip
ALLURE = {"uuid": "a", "historyId": "b", "name": "t", "status": "passed", "steps": []}
LCOV = "TN:\nSF:a.js\nDA:1,1\nDA:2,0\nend_of_record\n"
GO_COVER = "mode: set\nshop/a.go:1.1,2.2 1 1\n"
CLOVER = (
    '<coverage generated="1782813600"><project><file name="a.php"><line num="1" type="stmt" count="1"/>'
    "</file></project></coverage>"
)
COVERAGE_PY = json.dumps(
    {
        "meta": {"version": "7.6.1", "show_contexts": True},
        "files": {
            "a.py": {
                "executed_lines": [1],
                "missing_lines": [2],
                "contexts": {"1": ["t.py::test_pays|run"]},
            }
        },
        "totals": {"covered_lines": 1, "num_statements": 2},
    }
)


def test_a_zip_and_a_folder_are_the_same_bundle(tmp_path: Path) -> None:
    members = {"r/pytest.xml": JUNIT, "r/pw.json": PLAYWRIGHT, "c/coverage.xml": COBERTURA}
    assert items(zipped(tmp_path, members)) == items(folder(tmp_path, members))


def test_rows_come_under_the_name_of_their_format(tmp_path: Path) -> None:
    members = {"r/pytest.xml": JUNIT, "r/pw.json": PLAYWRIGHT, "c/coverage.xml": COBERTURA}
    origin, found = "", set()
    for item in items(zipped(tmp_path, members)):
        if isinstance(item, Origin):
            origin = item.source
        else:
            found.add((origin, type(item).__name__))
    assert found == {
        ("junit", "TestAttempt"),
        ("playwright", "TestAttempt"),
        ("cobertura", "FileCoverage"),
        ("ci_bundle", "CiRun"),
    }


def test_coverage_reports_are_told_apart_by_their_content(tmp_path: Path) -> None:
    members = {
        "a.xml": COBERTURA,
        "b.xml": JACOCO,
        "c.json": ISTANBUL,
        "d.json": SUMMARY,
        "e.xml": CLOVER,
        "f.json": COVERAGE_PY,
        "lcov.info": LCOV,
        "js.lcov": LCOV,
        "cover.out": GO_COVER,
        "coverage.txt": GO_COVER,
    }
    origin, found = "", {}
    for item in items(zipped(tmp_path, members)):
        if isinstance(item, Origin):
            origin = item.source
        elif isinstance(item, FileCoverage):
            found[item.report] = (origin, item.format, item.lines_covered, item.sha)
        else:
            assert isinstance(item, CiRun | TestCoverage)
    sha = MANIFEST["sha"]
    assert found == {
        "a.xml": ("cobertura", "cobertura", 1, sha),
        "b.xml": ("jacoco", "jacoco", 1, sha),
        "c.json": ("istanbul", "istanbul", 1, sha),
        "d.json": ("istanbul", "istanbul", 1, sha),
        "e.xml": ("clover", "clover", 1, sha),
        "f.json": ("coverage_py", "coverage_py", 1, sha),
        "lcov.info": ("lcov", "lcov", 1, sha),
        "js.lcov": ("lcov", "lcov", 1, sha),
        "cover.out": ("go_cover", "go_cover", 1, sha),
        "coverage.txt": ("go_cover", "go_cover", 1, sha),
    }


@pytest.mark.parametrize("indent", [None, 0, 2, 4, "\t"])
def test_json_reports_are_told_apart_however_they_are_written(
    tmp_path: Path, indent: int | str | None
) -> None:
    reports = {
        "pw.json": json.loads(PLAYWRIGHT),
        "py.json": PYTEST,
        "ctrf.json": CTRF,
        "ctrf-result.json": NEWER_CTRF,
        "a-result.json": ALLURE,
        "i.json": json.loads(ISTANBUL),
        "a-container.json": {"uuid": "c", "children": ["a"], "befores": []},
        "a-attachment.json": {"status": "passed", "uuid": "x", "name": "no result"},
        "eslint.sarif.json": {"runs": [{"tool": {"driver": {}}, "results": []}]},
        "mocha.json": {"stats": {"tests": 1, "pending": 0}, "tests": [], "results": []},
    }
    members = {name: json.dumps(report, indent=indent) for name, report in reports.items()}
    members["bare.json"] = json.dumps(CTRF, separators=(",", ":"))
    found = items(zipped(tmp_path, members))
    assert reasons(found) == []
    origins = Counter(item.source for item in found if isinstance(item, Origin))
    assert origins == {
        "playwright": 1, "pytest_json": 1, "ctrf": 3, "allure": 1, "istanbul": 1, "ci_bundle": 1,
    }  # fmt: skip
    assert [row.status for row in attempts(found)] == ["passed"] * 6
    names = "a-attachment.json, a-container.json, eslint.sarif.json, mocha.json"
    assert [item.reason for item in found if isinstance(item, Warn)] == [
        f"4 members of no known format were let lie: {names}"
    ]


def test_the_tests_of_a_coverage_report_know_their_run(tmp_path: Path) -> None:
    found = items(zipped(tmp_path, {"py/coverage.json": COVERAGE_PY}))
    (row,) = [item for item in found if isinstance(item, TestCoverage)]
    assert (row.repo, row.sha, row.branch) == ("shop-web", MANIFEST["sha"], "main")
    assert (row.build, row.run_attempt, row.day) == ("1234", 1, dt.date(2026, 6, 30))
    assert (row.report, row.test, row.file) == ("py/coverage.json", "t.py::test_pays", "a.py")
    assert row.lines_covered == 1


def test_other_files_of_such_names_are_let_lie(tmp_path: Path) -> None:
    """A test's output and Istanbul's text table are called like Go's profiles."""
    found = items(zipped(tmp_path, {"nohup.out": "started\n", "coverage.txt": "File | % Stmts\n"}))
    assert reasons(found) == []
    assert [item.reason for item in found if isinstance(item, Warn)] == [
        "2 members of no known format were let lie: coverage.txt, nohup.out"
    ]


def test_one_bad_member_costs_only_itself(tmp_path: Path) -> None:
    members = {"a.xml": JUNIT, "b.xml": b"<testsuite", "c.xml": COBERTURA, "d.xml": "<project/>"}
    found = items(zipped(tmp_path, members))
    assert [reason.partition(":")[0] for reason in reasons(found)] == ["b.xml"]
    assert len(attempts(found)) == 1
    assert any(isinstance(item, FileCoverage) and item.report == "c.xml" for item in found)


def test_patterns_windows_paths_and_upper_case_names(tmp_path: Path) -> None:
    manifest = MANIFEST | {"reports": [{"path": ".\\out\\*.txt", "format": "junit"}]}
    found = items(
        zipped(tmp_path, {"out\\A.TXT": "", "out/b.txt": JUNIT, "R.XML": JUNIT}, manifest)
    )
    assert len(attempts(found)) == 2


def test_a_utf_16_report_is_recognised(tmp_path: Path) -> None:
    text = f'<?xml version="1.0" encoding="utf-16"?>{JUNIT}'.encode("utf-16")
    assert len(attempts(items(zipped(tmp_path, {"a.xml": text})))) == 1
