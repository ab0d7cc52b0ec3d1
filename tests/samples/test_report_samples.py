"""Test and coverage reports of other people's tools, against what those tools or others counted.

Totals that a file states about itself: test_stated_numbers.py.
"""

import csv
import datetime as dt
import json
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ingest import sources
from ingest.records import FileCoverage, TestAttempt
from ingest.source import Context, FormatError, Item, Reject, Warn

SAMPLES = Path(__file__).parents[2] / ".." / "shared" / "samples"
CONTEXT = Context(folder_day=dt.date(2026, 6, 30))
DORNY = "junit/dorny+test-reporter"

pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the folder of shared samples is not beside this repository"
)


def files(kind: str, ending: str) -> list[Path]:
    return sorted((SAMPLES / kind).rglob(f"*.{ending}"))


def name_of(path: Path) -> str:
    return path.relative_to(SAMPLES).as_posix()


def read(source: str, path: Path) -> list[Item]:
    with path.open("rb") as stream:
        return list(sources.get(source).parse(stream, CONTEXT))


def rows(source: str, path: str) -> list[TestAttempt]:
    return [item for item in read(source, SAMPLES / path) if isinstance(item, TestAttempt)]


def statuses(found: list[TestAttempt]) -> Counter[str]:
    return Counter(row.status for row in found)


# --- every file is read or refused with a reason, and its rows are told apart

REFUSED = {
    # other tools' formats under the same ending; Jenkins' own format; a catalogue of books
    "junit/dorny+test-reporter/dotnet-nunit.xml": "NUnit 3",
    "junit/dorny+test-reporter/external/nunit-sample.xml": "NUnit 3",
    "junit/jenkinsci+junit-plugin/junitResult.xml": "Jenkins junitResult",
    "junit/ctrf-io+junit-to-ctrf/not-junit.xml": "<catalog>",
    "playwright-json/daun+playwright-report-summary/report-invalid.json": "settings, tests",
    "coverage/MishaKav+jest-coverage-comment/clover.xml": "Clover",
    "coverage/danielpalme+ReportGenerator/JaCoCo_Ant.xml": "Ant",
    "coverage/danielpalme+ReportGenerator/Java/Reports/Clover_OpenClover4.3.1.xml": "Clover",
    "coverage/danielpalme+ReportGenerator/Java/Reports/JaCoCo0.7.7.xml": "JaCoCo",  # read below
    "coverage/danielpalme+ReportGenerator/Java/Reports/JaCoCo0.8.3.xml": "JaCoCo",  # read below
    "coverage/danielpalme+ReportGenerator/Other/Clover_Groovy.xml": "Clover",
    "coverage/danielpalme+ReportGenerator/Other/Clover_Istanbul.xml": "Clover",
}

COVERAGE = ("cobertura", "jacoco", "istanbul", "lcov", "go_cover", "clover", "coverage_py")
REPORTS = ("junit", "playwright", "ctrf", "allure", *COVERAGE)
ENDINGS = ("xml", "json", "info", "lcov", "out")

KINDS = [("junit", "junit", "xml"), ("playwright", "playwright-json", "json")]
KINDS += [("cobertura", "coverage", "xml"), ("pytest_json", "pytest-json", "json")]
CASES = [(source, path) for source, kind, ending in KINDS for path in files(kind, ending)]


@pytest.mark.parametrize(("source", "path"), CASES, ids=[name_of(path) for _, path in CASES])
def test_every_sample_is_read_or_refused(source: str, path: Path) -> None:
    name = name_of(path)
    if name in REFUSED:
        with pytest.raises(FormatError, match=REFUSED[name]):
            read(source, path)
        return
    found = read(source, path)
    attempts = [item for item in found if isinstance(item, TestAttempt)]
    keys = Counter(
        (r.environment, r.suite, r.file, r.class_name, r.name, r.params, r.occurrence, r.attempt)
        for r in attempts
    )
    assert [key for key, count in keys.items() if count > 1] == []
    covered = Counter(item.file for item in found if isinstance(item, FileCoverage))
    assert [file for file, count in covered.items() if count > 1] == []


@pytest.mark.parametrize("ending", ["json", "trx", "xml"])
def test_files_of_other_kinds_are_refused_by_every_report_parser(ending: str) -> None:
    for path in files("other-results", ending):
        for source in (*REPORTS, "pytest_json"):
            with pytest.raises(FormatError):
                read(source, path)
    for path in files("pytest-json", ending):
        for source in REPORTS:
            with pytest.raises(FormatError):
                read(source, path)


# --- JUnit


def expected_counts() -> Iterator[tuple[str, tuple[int, int, int]]]:
    place = SAMPLES / DORNY / "expected_counts.csv"
    if not place.exists():
        return
    with place.open(newline="", encoding="utf-8") as table:
        for line in csv.DictReader(table):
            if line["file"].startswith("junit/") and line["file"] not in REFUSED:
                yield line["file"], (int(line["passed"]), int(line["failed"]), int(line["skipped"]))


COUNTS = list(expected_counts())


@pytest.mark.parametrize(("path", "counts"), COUNTS, ids=[path for path, _ in COUNTS])
def test_junit_counts_agree_with_the_other_tool(path: str, counts: tuple[int, int, int]) -> None:
    found = statuses(rows("junit", path))
    failed = found["failed"] + found["error"]
    # That tool knows no xfail: pytest writes it as skipped.
    assert (found["passed"], failed, found["skipped"] + found["xfail"]) == counts


def test_there_were_counts_to_compare() -> None:
    assert len(COUNTS) == 18


@pytest.mark.parametrize(
    ("path", "attempts"),
    [
        ("jenkinsci+junit-plugin/gh-237/TEST-io.olamy.FlakyTest.xml", "failed failed passed"),
        ("jenkinsci+junit-plugin/gh-237/TEST-io.olamy.AlwaysFailTest.xml", "failed " * 4),
        ("ctrf-io+junit-to-ctrf/test-surefire-flaky.xml", "failed failed passed"),
        ("ctrf-io+junit-to-ctrf/test-surefire-retry.xml", "failed failed error"),
        (
            "mikepenz+action-junit-report/flaky_retries/flaky_all_failures.xml",
            "failed failed error",
        ),
    ],
)
def test_junit_reruns_are_attempts_of_one_test(path: str, attempts: str) -> None:
    found = rows("junit", f"junit/{path}")
    assert [row.attempt for row in found] == list(range(1, len(found) + 1))
    assert [row.status for row in found] == attempts.split()


def test_a_test_that_passed_first_was_not_retried() -> None:
    """The other tool calls this one flaky; no runner repeats a test that has passed."""
    place = "junit/mikepenz+action-junit-report/flaky_retries/flaky_success_first.xml"
    assert [(row.occurrence, row.status) for row in rows("junit", place)] == [
        (1, "passed"),
        (2, "failed"),
        (3, "error"),
    ]


DAMAGED = {
    "corrupt-junit": 1,  # cut off in its output
    "junit-web-test/expected.xml": 6,  # `<` in an attribute
    "junit-web-test/expectedRetries.xml": 8,
}


@pytest.mark.parametrize("part", DAMAGED)
def test_damaged_junit_keeps_what_could_be_read(part: str) -> None:
    path = next(path for path in files("junit", "xml") if part in path.as_posix())
    found = read("junit", path)
    assert sum(isinstance(item, TestAttempt) for item in found) == DAMAGED[part]
    assert any(isinstance(item, Warn) and "well-formed" in item.reason for item in found)


def test_all_other_junit_samples_are_well_formed() -> None:
    damaged = {
        name_of(path)
        for path in files("junit", "xml")
        if name_of(path) not in REFUSED
        for item in read("junit", path)
        if isinstance(item, Reject) or (isinstance(item, Warn) and "well-formed" in item.reason)
    }
    assert len(damaged) == len(DAMAGED)


def test_ten_forms_of_stamps_are_read() -> None:
    place = "junit/jenkinsci+junit-plugin/junit-report-testsuite-various-timestamps.xml"
    found = rows("junit", place)
    assert all(row.started_at and row.started_at.year == 2024 for row in found)
    assert {row.zone_assumed for row in found} == {True, False}


# --- Playwright


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("valid", (10, 2, 1, 1)),
        ("without-duration", (10, 2, 1, 1)),
        ("sharded", (22, 1, 1, 3)),
        ("nested", (45, 0, 0, 0)),
    ],
)
def test_playwright_outcomes_agree_with_the_other_tool(
    name: str, counts: tuple[int, int, int, int]
) -> None:
    found = rows("playwright", f"playwright-json/daun+playwright-report-summary/report-{name}.json")
    tests: dict[tuple[str | None, ...], list[str]] = defaultdict(list)
    for row in found:
        tests[row.environment, row.file, row.name, row.params].append(row.status)
    outcomes = Counter(outcome(results) for results in tests.values())
    words = ("expected", "unexpected", "flaky", "skipped")
    assert tuple(outcomes[word] for word in words) == counts


def outcome(results: list[str]) -> str:
    if set(results) == {"skipped"}:
        return "skipped"
    if "failed" not in results:
        return "expected"
    return "flaky" if results[-1] == "passed" else "unexpected"


# --- pytest-json-report


def test_pytest_outcomes_agree_with_the_summary_of_the_report() -> None:
    place = "pytest-json/numirias+pytest-json-report/sample_report.json"
    report = json.loads((SAMPLES / place).read_text(encoding="utf-8"))
    found = rows("pytest_json", place)
    counted = Counter(row.raw_status for row in found)
    assert {**counted, "total": len(found)} == report["summary"]
    assert statuses(found) == {
        "passed": 2, "failed": 3, "error": 2, "skipped": 1, "xfail": 1, "xpass": 1,
    }  # fmt: skip
    assert {row.name for row in found if row.params} == {"test_parametrized"}
    stages = [test.get(name, {}) for test in report["tests"] for name in STAGES]
    theirs = sum(stage.get("duration", 0) for stage in stages) * 1000
    assert sum(row.duration_ms or 0 for row in found) == pytest.approx(theirs, abs=0.01)
    assert theirs < report["duration"] * 1000, "the session's time holds collection too"
    assert {row.tags_json for row in found} == {None}, "no marker of the project's own"


STAGES = ("setup", "call", "teardown")

# --- Cobertura


def totals(path: Path) -> tuple[int, int]:
    found = [item for item in read("cobertura", path) if isinstance(item, FileCoverage)]
    return sum(r.lines_covered or 0 for r in found), sum(r.lines_total or 0 for r in found)


@pytest.mark.parametrize(
    ("place", "lines", "branches"),
    [
        ("MishaKav+pytest-coverage-comment/coverage_1.xml", (489, 1530), None),
        ("MishaKav+pytest-coverage-comment/coverage_2.xml", (1565, 1759), (361, 436)),
        ("irongut+CodeCoverageSummary/coverage.gcovr.xml", (345, 572), (100, 252)),
        ("irongut+CodeCoverageSummary/coverage.cobertura.xml", (1212, 1460), (262, 378)),
        ("danielpalme+ReportGenerator/Other/Cobertura_Swift.xml", (1, 2), None),
        ("danielpalme+ReportGenerator/CSharp/Reports/Cobertura_altcover.xml", (116, 174), (7, 10)),
        # 2,949 branches at the root, on no line: not measured per file, so unknown
        ("danielpalme+ReportGenerator/Other/Cobertura_Istanbul.xml", (1452, 11340), None),
    ],
)
def test_cobertura_counts(
    place: str, lines: tuple[int, int], branches: tuple[int, int] | None
) -> None:
    path = SAMPLES / "coverage" / place
    assert totals(path) == lines
    found = [item for item in read("cobertura", path) if isinstance(item, FileCoverage)]
    if branches is None:
        assert {row.branches_total for row in found} == {None}
    else:
        counted = (
            sum(r.branches_covered or 0 for r in found),
            sum(r.branches_total or 0 for r in found),
        )
        assert counted == branches


# --- JaCoCo and Istanbul

JACOCO = {
    name: f"coverage/danielpalme+ReportGenerator/Java/Reports/JaCoCo{name}.xml"
    for name in ("0.7.7", "0.8.3")
}
JEST = "coverage/MishaKav+jest-coverage-comment"


def covered(source: str, path: str) -> dict[str, FileCoverage]:
    found = read(source, SAMPLES / path)
    assert all(isinstance(item, FileCoverage) for item in found), "no rejects, nothing differs"
    return {item.file: item for item in found if isinstance(item, FileCoverage)}


def sums(found: dict[str, FileCoverage]) -> dict[str, tuple[int, int]]:
    return {
        kind: (
            sum(getattr(row, f"{kind}_covered") or 0 for row in found.values()),
            sum(getattr(row, f"{kind}_total") or 0 for row in found.values()),
        )
        for kind in ("lines", "branches", "functions")
    }


@pytest.mark.parametrize("version", JACOCO)
def test_jacoco_counts_agree_with_the_counters_of_the_report(version: str) -> None:
    found = covered("jacoco", JACOCO[version])
    assert sums(found) == {"lines": (26, 38), "branches": (1, 4), "functions": (9, 18)}
    row = found["test/TestClass.java"]
    assert (row.lines_covered, row.lines_total, row.branches_total) == (9, 13, 4)
    assert found["test/sub/Sub.java"].lines_covered == 0


def test_istanbul_agrees_with_itself_in_all_three_reports() -> None:
    """The final one is counted here, the summary and lcov were counted by Istanbul."""
    final = covered("istanbul", f"{JEST}/coverage-final.json")
    summary = covered("istanbul", f"{JEST}/coverage-summary.json")
    assert final == summary
    assert sums(final) == {"lines": (33, 42), "branches": (0, 0), "functions": (2, 6)}
    lcov = lcov_counts((SAMPLES / JEST / "lcov.info").read_text())
    by_ending = {file.partition("/api-testing-example/")[2]: row for file, row in final.items()}
    assert lcov.keys() == by_ending.keys()
    for file, row in by_ending.items():
        counts = lcov[file]
        assert (row.lines_covered, row.lines_total) == (counts["LH"], counts["LF"])
        assert (row.branches_covered, row.branches_total) == (counts["BRH"], counts["BRF"])
        assert (row.functions_covered, row.functions_total) == (counts["FNH"], counts["FNF"])


def lcov_counts(text: str) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key == "SF":
            counts = found.setdefault(value, {})
        elif key in ("LH", "LF", "BRH", "BRF", "FNH", "FNF"):
            counts[key] = int(value)
    return found


def test_lcov_and_clover_agree_with_istanbul_of_the_same_run() -> None:
    """But for branches: 0 of 0 in the JSON, which says that they were measured; here they are unknown."""
    final = covered("istanbul", f"{JEST}/coverage-final.json")
    clover = covered("clover", f"{JEST}/clover.xml")
    lcov = covered("lcov", f"{JEST}/lcov.info")
    by_ending = {file.partition("/api-testing-example/")[2]: row for file, row in final.items()}
    assert clover.keys() == final.keys()
    assert lcov.keys() == by_ending.keys()
    for found, wanted in ((clover, final), (lcov, by_ending)):
        assert sums(found) == sums(wanted)
        for file, row in found.items():
            theirs = wanted[file]
            for name in ("lines_covered", "lines_total", "functions_covered", "functions_total"):
                assert getattr(row, name) == getattr(theirs, name)


def test_a_go_profile_is_counted_by_the_statements_of_its_distinct_blocks() -> None:
    """Counted here once more, as Go's own cover tool does it."""
    for path in files("coverage", "out"):
        blocks: dict[tuple[str, str], tuple[int, int]] = {}
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            place, statements, count = line.rsplit(" ", 2)
            file, _, spot = place.rpartition(":")
            _, before = blocks.get((file, spot), (0, 0))
            blocks[file, spot] = int(statements), before + int(count)
        found = covered("go_cover", name_of(path))
        wanted = {
            file: (
                sum(n for (name, _), (n, count) in blocks.items() if name == file and count),
                sum(n for (name, _), (n, _) in blocks.items() if name == file),
            )
            for file, _ in blocks
        }
        assert {f: (row.lines_covered, row.lines_total) for f, row in found.items()} == wanted
        assert sums(found)["lines"] == (14, 21)


def test_every_coverage_sample_is_read_by_one_source_at_most() -> None:
    readers: dict[str, list[str]] = {}
    for path in (path for ending in ENDINGS for path in files("coverage", ending)):
        for source in REPORTS:
            with suppress(FormatError):
                read(source, path)
                readers.setdefault(name_of(path), []).append(source)
    assert {name: found for name, found in readers.items() if len(found) > 1} == {}
    by_source = Counter(found[0] for found in readers.values())
    assert by_source == {
        "cobertura": 27,
        "jacoco": 2,
        "istanbul": 2,
        "lcov": 9,
        "go_cover": 2,
        "clover": 4,
    }


def test_a_bundle_of_all_samples_knows_each_by_its_content(tmp_path: Path) -> None:
    """As each comes from a CI machine that lists no reports: rows and format are as read alone."""
    place = tmp_path / "bundle.zip"
    samples = [path for ending in ENDINGS for path in files("coverage", ending)]
    samples += [path for kind in ("other-results", "pytest-json") for path in files(kind, "json")]
    with zipfile.ZipFile(place, "w") as bundle:
        bundle.writestr("manifest.json", '{"gapsight_bundle": 1, "repo": "r", "build": "1"}')
        for path in samples:
            bundle.write(path, name_of(path))
    alone: dict[str, Counter[str]] = {}
    for path in samples:
        for source in COVERAGE:
            with suppress(FormatError):
                rows_ = [item for item in read(source, path) if isinstance(item, FileCoverage)]
                alone[name_of(path)] = Counter({source: len(rows_)})
    together: dict[str, Counter[str]] = defaultdict(Counter)
    for item in sources.get("ci_bundle").parse(place, CONTEXT):
        if isinstance(item, FileCoverage):
            together[str(item.report)][item.format] += 1
    assert together == {name: counts for name, counts in alone.items() if counts.total()}
