"""Numbers that stand in the samples or beside them, against Gapsight's rows.

All are equal but those in tests/samples/differences.py, where each has its reason.
"""

import csv
import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from ingest.sealing import seal
from tests.samples import stated
from tests.samples.differences import CLOVER, COBERTURA, JUNIT, LCOV, OTHERS, SECONDS
from tests.samples.kinds import ABSENT, NOT_BUILT, SAMPLES, kind_of, name_of, parsed_by
from tests.samples.outcomes import Outcome, outcome

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason=ABSENT)

JEST = SAMPLES / "coverage" / "MishaKav+jest-coverage-comment"
DEVLAKE = "apache+incubator-devlake"


def text(numbers: stated.Numbers) -> str:
    def shown(name: str, value: float | None) -> str:
        return "unknown" if value is None else format(value, ".4g" if "rate" in name else ".10g")

    return ", ".join(f"{name} {shown(name, value)}" for name, value in numbers.items())


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as rows:
        return list(csv.DictReader(rows))


# --- JUnit: totals of the report


def reports() -> Iterator[tuple[str, stated.Numbers, stated.Numbers, int]]:
    for path in parsed_by("junit"):
        found = outcome("junit", path)
        if not found.refusal:
            name = name_of(path, SAMPLES / "junit")
            yield name, stated.junit(path), stated.junit_counted(found.rows), len(found.rows)


def test_junit_totals() -> None:
    found, compared = {}, 0
    for name, theirs, ours, _ in reports():
        numbers = {key: value for key, value in theirs.items() if key != "time"}
        compared += len(numbers)
        differ = [key for key, value in numbers.items() if value != ours[key]]
        if differ:
            found[name] = tuple(text({key: side[key] for key in differ}) for side in (theirs, ours))
    assert found == {name: (theirs, ours) for name, (theirs, ours, _) in JUNIT.items()}
    assert compared >= 440


def test_junit_times() -> None:
    """Equal within what is lost where every test's time is written with three decimals."""
    found, compared = {}, 0
    for name, theirs, ours, rows in reports():
        if "time" not in theirs:
            continue
        compared += 1
        total, counted = theirs["time"] or 0.0, ours["time"] or 0.0
        if abs(total - counted) > 0.0005 * (rows + 1) + 1e-6:
            found[name] = (total, counted)
    assert found == {name: pair for files in SECONDS.values() for name, pair in files.items()}
    assert compared >= 100


def warned(source: str, folder: str) -> set[str]:
    return {
        name_of(path, SAMPLES / folder)
        for path in parsed_by(source)
        if any("counts differ" in warning for warning in outcome(source, path).warnings)
    }


def test_only_what_differs_is_warned_of() -> None:
    """In two reports a suite inside differs, though the whole does not."""
    assert warned("junit", "junit") - set(JUNIT) == {
        "dorny+test-reporter/junit-with-message.xml",  # the suite states 6 tests, the report 1
        "jenkinsci+junit-plugin/junit-report-6700.xml",  # the one test it states is its own error
    }
    assert warned("cobertura", "coverage") <= set(COBERTURA)
    assert warned("jacoco", "coverage") | warned("istanbul", "coverage") == set()
    assert warned("lcov", "coverage") <= set(LCOV)
    assert warned("clover", "coverage") <= set(CLOVER)


# --- JUnit: what dorny/test-reporter made of its own fixtures


def seconds(shown: str) -> tuple[float, float]:
    """A time as that tool shows it, and the unit in which it does."""
    unit = 0.001 if shown.endswith("ms") else 1.0
    return float(shown.rstrip("ms")) * unit, unit


def test_every_expected_count_is_compared_or_explained() -> None:
    """The counts themselves are compared in test_report_samples.py."""
    counts = table(SAMPLES / "junit" / "dorny+test-reporter" / "expected_counts.csv")
    expected = {row["file"]: row for row in counts}
    assert len(expected) == 25
    kinds = {name: kind_of(SAMPLES / name) for name in expected}
    assert sum(bool(kind and kind.not_built in NOT_BUILT.values()) for kind in kinds.values()) == 6
    mine = {name for name, kind in kinds.items() if kind and kind.source == "junit"}
    refused = {name for name in mine if outcome("junit", SAMPLES / name).refusal}
    name, theirs, _, _ = OTHERS["nunit"]
    assert refused == {name}
    row = expected[name]
    assert theirs == text({key: int(row[key]) for key in ("passed", "failed", "skipped")})


def test_every_time_shown_by_that_tool() -> None:
    """It shows what the report states, so that what differs there differs here."""
    differ = {f"junit/{file}" for files in SECONDS.values() for file in files}
    found = {}
    for row in table(SAMPLES / "junit" / "dorny+test-reporter" / "expected_counts.csv"):
        name = row["file"]
        if not name.startswith("junit/") or name in {*differ, OTHERS["nunit"][0]}:
            continue
        ours = stated.junit_counted(outcome("junit", SAMPLES / name).rows)["time"] or 0.0
        shown, unit = seconds(row["time_shown"])
        if abs(ours - shown) > unit:
            found[name] = (f"time_shown {row['time_shown']}", f"{ours:.10g} s")
    assert found == {OTHERS["time twice"][0]: OTHERS["time twice"][1:3]}


# --- Coverage


def test_cobertura_totals_and_rates() -> None:
    found, inside, compared = {}, [], 0
    for path in parsed_by("cobertura"):
        rates = stated.cobertura(path, outcome("cobertura", path))
        compared += rates.compared
        name = name_of(path, SAMPLES / "coverage")
        if rates.theirs:
            found[name] = (text(rates.theirs), text(rates.ours))
        inside += rates.inside if name not in COBERTURA else []
    assert found == {name: (theirs, ours) for name, (theirs, ours, _) in COBERTURA.items()}
    assert inside == [], "packages and classes of no other file differ"
    assert compared >= 600


@pytest.mark.parametrize(
    ("source", "compare", "known", "least"),
    [("lcov", stated.lcov, LCOV, 120), ("clover", stated.clover, CLOVER, 100)],
)
def test_lcov_and_clover_totals(
    source: str,
    compare: Callable[[Path, Outcome], stated.Rates],
    known: dict[str, tuple[str, str, str]],
    least: int,
) -> None:
    found, inside, compared = {}, [], 0
    for path in parsed_by(source):
        rates = compare(path, outcome(source, path))
        compared += rates.compared
        name = name_of(path, SAMPLES / "coverage")
        if rates.theirs:
            found[name] = (text(rates.theirs), text(rates.ours))
        inside += rates.inside if name not in known else []
    assert found == {name: (theirs, ours) for name, (theirs, ours, _) in known.items()}
    assert inside == [], "records and files of no other report differ"
    assert compared >= least


def test_the_dotnet_totals_are_those_of_the_methods() -> None:
    """The explanation of that difference holds: 235 lines, 163 of them run, in all methods."""
    reports = SAMPLES / "coverage/danielpalme+ReportGenerator/CSharp/Reports"
    for name in ("Cobertura_dotnettest.xml", "Cobertura_dotnet-coverage.xml"):
        lines = etree.parse(reports / name).findall(".//methods//line")
        assert (sum(line.get("hits") != "0" for line in lines), len(lines)) == (163, 235)


COUNTERS = {"LINE": "lines", "BRANCH": "branches", "METHOD": "functions"}


def counters(element: Any) -> dict[str, tuple[int, int]]:
    found = {}
    for counter in element.findall("counter"):
        if kind := COUNTERS.get(counter.get("type")):
            covered, missed = int(counter.get("covered")), int(counter.get("missed"))
            found[kind] = (covered, covered + missed)
    return found


def test_every_counter_of_jacoco() -> None:
    compared = 0
    for path in parsed_by("jacoco"):
        rows = list(outcome("jacoco", path).rows)
        if not rows:
            continue
        report = etree.parse(path).getroot()
        groups = [(report, rows)]
        for package in report.findall("package"):
            name = package.get("name")
            groups.append((package, [row for row in rows if row["component"] == name]))
            for source in package.findall("sourcefile"):
                file = f"{name}/{source.get('name')}"
                groups.append((source, [row for row in rows if row["file"] == file]))
        for element, group in groups:
            for kind, theirs in counters(element).items():
                ours = tuple(sum(r[f"{kind}_{n}"] for r in group) for n in ("covered", "total"))
                assert ours == theirs, (path.name, element.get("name"), kind)
                compared += 1
    assert compared >= 40


def istanbul(name: str) -> dict[str, dict[str, Any]]:
    return {row["file"]: row for row in outcome("istanbul", JEST / name).rows}


METRICS = {"statements": "lines", "conditionals": "branches", "methods": "functions"}


def test_istanbul_agrees_with_clover_of_the_same_run() -> None:
    """Clover's statements are Istanbul's lines: it writes the line numbers."""
    ours = istanbul("coverage-final.json")
    project = etree.parse(JEST / "clover.xml").find("project")
    # Both name the home folder of whoever ran the tests; rows do not.
    files = {seal(file.get("path")): file for file in project.iter("file")}
    assert files.keys() == ours.keys()
    for path, file in files.items():
        assert metrics(file) == {kind: pair(ours[path], kind) for kind in METRICS.values()}
    total = {kind: [pair(row, kind) for row in ours.values()] for kind in METRICS.values()}
    summed = {kind: tuple(map(sum, zip(*pairs, strict=True))) for kind, pairs in total.items()}
    assert metrics(project) == summed


def metrics(element: Any) -> dict[str, tuple[int, int]]:
    found = element.find("metrics")
    return {
        kind: (int(found.get(f"covered{name}")), int(found.get(name)))
        for name, kind in METRICS.items()
    }


def pair(row: dict[str, Any], kind: str) -> tuple[int, int]:
    return row[f"{kind}_covered"], row[f"{kind}_total"]


def test_istanbul_agrees_with_its_text_summary_and_not_with_the_table_above_it() -> None:
    printed = (JEST / "coverage.txt").read_text(encoding="utf-8")
    summary = dict(re.findall(r"^(\w+) +: [\d.]+% \( (\d+/\d+) \)$", printed, re.MULTILINE))
    rows = istanbul("coverage-final.json").values()
    for kind, word in (("lines", "Lines"), ("branches", "Branches"), ("functions", "Functions")):
        covered, total = (
            sum(row[f"{kind}_{name}"] for row in rows) for name in ("covered", "total")
        )
        assert summary[word] == f"{covered}/{total}"
    (lines,) = re.findall(r"^All files +\|(?: +[\d.]+ \|){3} +([\d.]+) \|", printed, re.MULTILINE)
    assert OTHERS["text table"][1:3] == (f"lines {lines} %", "lines 33 of 42")
    branches = json.loads((JEST / "coverage-summary.json").read_text())["total"]["branches"]
    theirs = f"branches {branches['covered']} of {branches['total']}, {branches['pct']} %"
    assert OTHERS["no percent"][1] == theirs


# --- Issues and incidents: what DevLake made of them


def minutes(row: dict[str, Any], start: str) -> str:
    if row["resolved_at"] is None:
        return ""
    ended, began = (dt.datetime.fromisoformat(row[name]) for name in ("resolved_at", start))
    return str(int((ended - began).total_seconds() // 60))


def test_jira_lead_times_and_parents() -> None:
    place = SAMPLES / "jira" / DEVLAKE
    rows = outcome("jira", place / "issues.jsonl").rows
    issues = {row["key"]: row for row in rows if row["table"] == "issues"}
    expected = table(place / "expected_issues.csv")
    for row in expected:
        issue = issues[row["issue_key"]]
        assert minutes(issue, "created_at") == row["lead_time_minutes"]
        assert json.loads(issue["extra_json"] or "{}").get("parent", "") == row["parent_key"]
    assert OTHERS["issues"][1:3] == (f"{len(expected)} issues", f"{len(issues)} issues")
    histories = len(table(place / "expected_changelogs.csv"))
    changes = len(rows) - len(issues)
    assert OTHERS["histories"][1:3] == (f"{histories} histories", f"{changes} changes")


def test_opsgenie_lead_times(tmp_path: Path) -> None:
    place = SAMPLES / "incidents" / DEVLAKE / "opsgenie/e2e"
    answers = table(place / "raw_tables" / "_raw_opsgenie_incidents.csv")
    page = tmp_path / "incidents.jsonl"
    page.write_text("\n".join(row["data"] for row in answers), encoding="utf-8")
    incidents = {row["incident_id"]: row for row in outcome("incidents", page).rows}
    expected = table(place / "snapshot_tables" / "issues.csv")
    assert len(incidents) == len(expected) == 2
    for row in expected:
        incident = incidents[row["issue_key"]]
        assert minutes(incident, "started_at") == row["lead_time_minutes"]
        assert (incident["title"], incident["severity"]) == (row["title"], row["priority"])
