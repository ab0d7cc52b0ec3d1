"""CI bundles: manifests, what is taken for a report, and archives that are not honest."""

import datetime as dt
import json
import os
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.records import CiRun, FileCoverage, TestAttempt, TestCoverage
from ingest.source import Context, FormatError, Item, Origin, Reject, Warn
from ingest.sources.ci_bundle import parse

MANIFEST: dict[str, Any] = {
    "gapsight_bundle": 1,
    "repo": "shop-web",
    "sha": "0123456789abcdef0123456789abcdef01234567",
    "branch": "main",
    "build": "1234",
    "environment": "ci",
    "started_at": "2026-06-30T09:12:00Z",
}
JUNIT = '<testsuite name="s"><testcase name="t"/></testsuite>'
NAKED = '<testsuite name="s" timestamp="2026-01-01T00:00:00Z"><testcase name="t"/></testsuite>'
COBERTURA = (
    '<coverage line-rate="1"><packages><package name="p"><classes><class filename="a.py"><lines>'
    '<line number="1" hits="1"/></lines></class></classes></package></packages></coverage>'
)
PLAYWRIGHT = json.dumps(
    {
        "config": {"forbidOnly": False},
        "suites": [
            {
                "title": "a.spec.ts",
                "file": "a.spec.ts",
                "specs": [{"title": "t", "tests": [{"results": [{"status": "passed"}]}]}],
            }
        ],
    }
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

Members = Mapping[str, str | bytes]


def zipped(place: Path, members: Members, manifest: Mapping[str, Any] | None = None) -> Path:
    whole = {"manifest.json": json.dumps(MANIFEST if manifest is None else manifest), **members}
    with zipfile.ZipFile(place / "bundle.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in whole.items():
            archive.writestr(name, content)
    return place / "bundle.zip"


def folder(place: Path, members: Members, manifest: Mapping[str, Any] | None = None) -> Path:
    root = place / "bundle"
    whole = {"manifest.json": json.dumps(MANIFEST if manifest is None else manifest), **members}
    for name, content in whole.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def items(path: Path, **options: int) -> list[Item]:
    context = Context(folder_day=dt.date(2026, 7, 9), name=path.name, options=options)
    return list(parse(path, context))


def reasons(found: list[Item]) -> list[str]:
    return [item.reason for item in found if isinstance(item, Reject)]


def run_of(found: list[Item]) -> CiRun:
    return next(item for item in found if isinstance(item, CiRun))


def attempts(found: list[Item]) -> list[TestAttempt]:
    return [item for item in found if isinstance(item, TestAttempt)]


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


# --- archives that are not honest


def test_names_that_lead_out_of_the_bundle_are_refused(tmp_path: Path) -> None:
    names = ["../evil.xml", "/etc/evil.xml", "C:\\evil.xml", "a/../../evil.xml", "bell\x07.xml"]
    found = items(zipped(tmp_path, dict.fromkeys(names, JUNIT)))
    assert len(reasons(found)) == len(names)
    assert not attempts(found)
    assert [place.name for place in tmp_path.iterdir()] == ["bundle.zip"], "nothing is unpacked"


def test_a_zip_bomb_is_one_reject(tmp_path: Path) -> None:
    bomb = JUNIT.replace("</testsuite>", " " * 20_000_000)
    found = items(zipped(tmp_path, {"a.xml": bomb, "b.xml": JUNIT}), max_member_bytes=1_000_000)
    assert [reason.partition(":")[0] for reason in reasons(found)] == ["a.xml"]
    assert len(attempts(found)) == 1


def test_a_size_that_lies_is_found_out_while_reading(tmp_path: Path) -> None:
    place = zipped(tmp_path, {"a.xml": JUNIT + " " * 500_000})
    data = place.read_bytes()
    size = (len(JUNIT) + 500_000).to_bytes(4, "little")
    place.write_bytes(data.replace(size, (10).to_bytes(4, "little")))
    found = items(place, max_member_bytes=100_000)
    assert [reason.partition(":")[0] for reason in reasons(found)] == ["a.xml"]


def test_all_members_together_have_a_limit(tmp_path: Path) -> None:
    members = {f"{n}.xml": JUNIT + " " * 40_000 for n in range(10)}
    found = items(zipped(tmp_path, members), max_total_bytes=200_000)
    assert any("all members together" in reason for reason in reasons(found))


def test_too_many_members_are_refused_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="more than 5 files"):
        items(zipped(tmp_path, {f"{n}.txt": "" for n in range(9)}), max_members=5)


def test_a_damaged_member_is_one_reject(tmp_path: Path) -> None:
    place = zipped(tmp_path, {"a.xml": JUNIT * 1, "b.xml": JUNIT})
    with zipfile.ZipFile(place) as archive:
        start = archive.getinfo("a.xml").header_offset + 30 + len("a.xml")
    data = bytearray(place.read_bytes())
    data[start : start + 8] = b"\xff" * 8
    place.write_bytes(data)
    found = items(place)
    assert reasons(found)
    assert all(reason.startswith("a.xml: it is damaged") for reason in reasons(found))
    assert len(attempts(found)) == 1


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_encrypted_linked_and_doubled_members(tmp_path: Path) -> None:
    place = zipped(tmp_path, {})
    with zipfile.ZipFile(place, "a") as archive:
        link = zipfile.ZipInfo("link.xml")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("twice.xml", JUNIT)
        archive.writestr("twice.xml", JUNIT)
        archive.writestr("secret.xml", JUNIT)
    data = bytearray(place.read_bytes())
    entry = data.rindex(b"PK\x01\x02", 0, data.rindex(b"secret.xml"))
    data[entry + 8] |= 1
    place.write_bytes(data)
    assert reasons(items(place)) == [
        "link.xml: it is a link",
        "secret.xml: it is encrypted",
        "twice.xml: its name stands twice in the archive",
    ]


def test_links_out_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.xml"
    outside.write_text(JUNIT)
    root = folder(tmp_path, {"a.xml": JUNIT})
    (root / "link.xml").symlink_to(outside)
    (root / "up").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(root / "pipe.xml")
    found = items(root)
    assert len(attempts(found)) == 1
    assert reasons(found) == ["link.xml: it is a link", "pipe.xml: it is no regular file"]


def test_an_archive_inside_the_bundle_is_let_lie(tmp_path: Path) -> None:
    inner = zipped(tmp_path, {"a.xml": JUNIT}).read_bytes()
    manifest = MANIFEST | {"reports": [{"path": "inner.zip", "format": "junit"}]}
    assert reasons(items(zipped(tmp_path, {"inner.zip": inner}))) == []
    assert "a zip archive" in reasons(items(zipped(tmp_path, {"inner.zip": inner}, manifest)))[0]


def test_an_empty_member_name_is_refused(tmp_path: Path) -> None:
    place = zipped(tmp_path, {"a": JUNIT})
    data = place.read_bytes()
    entry = data.rindex(b"PK\x01\x02")
    at = entry + 28  # the name's length
    place.write_bytes(data[:at] + b"\x00\x00\x01\x00" + data[at + 4 :])
    assert reasons(items(place)) == [": its name is empty or holds control characters"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_zip_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    members = {"r/pytest.xml": JUNIT, "r/pw.json": PLAYWRIGHT, "c/coverage.xml": COBERTURA}
    place = zipped(tmp_path, members)
    whole = bytearray(place.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    place.write_bytes(
        whole[: data.draw(st.integers(0, len(whole)))] if data.draw(st.booleans()) else whole
    )
    with suppress(FormatError):
        items(place)


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
