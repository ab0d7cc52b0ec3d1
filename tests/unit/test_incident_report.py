"""The report of an incident: every class of it, hostile names, published files, drafts that are real tests."""

import json
import re
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from gapsight.cli.marts import open_marts
from gapsight.incident.files import reports, write_reports
from gapsight.incident.stubs import playwright_stub, pytest_stub, stubs
from gapsight.pages.markdown import markdown
from ingest.ci.title_tags import split_title
from orchestration.lake import write_synced
from tests.unit.cli_support import HOSTILE, add_marts, add_rows, gapsight, make_marts

DAY = date(2026, 6, 20)
EVIL = f'<script>alert("x")</script>{HOSTILE}'
MARTS = {
    "fct_incidents": "core",
    "fct_incident_correlation": "incidents",
    "fct_incident_tests": "incidents",
    "rpt_unmapped": "trust",
}
USUAL: dict[str, Any] = {
    "source": "pager",
    "title": "Payments hang",
    "component": "payments",
    "flow": "payment",
    "failure_mode": "timeout",
    "severity": "high",
    "detected": DAY,
    "started_at": datetime.fromisoformat("2026-06-20 10:00"),
    "resolved_at": datetime.fromisoformat("2026-06-20 11:00"),
    "classification": "not_predicted",
    "gap_type": "tests_pass_but_incident_occurred",
    "tests": 4,
    "tests_of_mode": 2,
    "tests_failed": 0,
    "tests_started": 0,
    "minutes": 60,
    "has_impossible_times": False,
    "metrics_basis": "flow_requests",
    "requests": 1000,
    "failed_requests": 300,
    "baseline_requests": 120,
    "peak_error_rate": 0.5,
    "peak_error_rate_requests": 40,
    "peak_error_rate_minutes": 5,
    "peak_p99_ms": 2400.0,
    "peak_p99_requests": 12,
    "peak_p99_minutes": 60,
    "production_until": datetime.fromisoformat("2026-06-20 11:00"),
    "control_days": 40,
    "control_days_with_start": 2,
    "p_any_failure_measured": 0.05,
    "deployment_match": "service",
    "deployment_id": "web-12",
    "minutes_since_deployment": 18,
    "recommendation": "Do this.",
    "report_state": "final",
}


@pytest.fixture
def marts(tmp_path: Path) -> Path:
    """Published marts of no incident."""
    place = make_marts(tmp_path / "marts.duckdb", empty=True)
    add_marts(place, MARTS)
    return place


def put(marts: Path, *incidents: dict[str, Any], tests: list[dict[str, Any]] | None = None) -> None:
    told = [{**USUAL, "incident_id": "I-1", **one} for one in incidents]
    add_rows(marts, "fct_incident_correlation", told)
    add_rows(
        marts,
        "fct_incidents",
        [{"source": one["source"], "incident_id": one["incident_id"]} for one in told],
    )
    add_rows(marts, "fct_incident_tests", tests or [])


def written(marts: Path, folder: Path) -> Any:
    with open_marts(marts) as found:
        return write_reports(found.rows, folder, write_synced)


def said(marts: Path, incident: str = "I-1") -> str:
    with open_marts(marts) as found:
        [report] = reports(found.rows, incident)
    return markdown(report.document()).replace("\\", "")


def test_a_report_says_what_the_suite_knew_what_production_did_and_what_to_do(marts: Path) -> None:
    put(
        marts,
        {"classification": "predicted", "gap_type": None, "tests_started": 1, "tests_failed": 2},
        tests=[
            {
                "source": "pager",
                "incident_id": "I-1",
                "test_id": "warned",
                "role": "predicted",
                "lead_days": 3,
                "load_bearing": "candidate",
                "is_in_sample": True,
            },
            {"source": "pager", "incident_id": "I-1", "test_id": "red", "role": "noise"},
        ],
    )
    text = said(marts)
    assert "Final: every source has passed its end." in text
    assert "The suite knew" in text
    assert "| warned | warned | 3 | candidate |" in text
    assert "this incident is part of its evidence" in text
    assert text.index("| warned") < text.index("| red")
    assert "| failed requests | 50.0% | 40 requests in 5 minutes | too few to say |" in text
    assert "| p99 latency, ms | 2,400 | 12 requests in 60 minutes | too few to say |" in text
    assert "1,000 requests, 300 failed, 120 in the hour before" in text
    assert "had begun to fail before 2 of 40 days (5%)" in text
    assert text.index("The suite knew") < text.index("Do this.") < text.index("Final:")
    assert "18 minutes before it web-12 was deployed (same service)" in text
    assert "Do this." in text
    assert "pytest" not in text, "nothing is missing"


@pytest.mark.parametrize(
    ("one", "words"),
    [
        ({"report_state": "provisional", "waiting_for": "junit"}, "waiting for junit"),
        ({"report_state": "provisional", "resolved_at": None}, "it is not over"),
        ({"deleted_on": date(2026, 6, 25)}, "since 2026-06-25 no source tells of it"),
        ({"component": None, "classification": "unknown", "gap_type": None}, "Nobody can say"),
        ({"control_days": 9, "p_any_failure_measured": None}, "cannot be said: 9 days of results"),
        ({"minutes": 1234}, "20 h 34 min"),
        ({"minutes": 3 * 24 * 60}, "3 days"),
        ({"resolved_at": None}, "Looked at until 2026-06-20 11:00:00."),
        ({"metrics_basis": "service_metrics", "peak_error_rate_requests": None}, "| one value |"),
        (
            {"classification": "predicted", "gap_type": None},
            "No test is missing. 4 tests guard",
        ),
        ({"metrics_basis": "none", "requests": None}, "No request or metric of these minutes"),
        ({"deployment_match": "unattributed", "deployment_id": None}, "No deployment fits"),
        ({"deployment_match": "unknown", "deployment_id": None}, "its day are not known"),
        ({"has_impossible_times": True, "minutes": None}, "in an impossible order"),
        ({"classification": "no_test_coverage", "tests": 0}, "the suite could not know"),
        ({"classification": "possible", "gap_type": "failure_ignored"}, "who acts on the failure"),
        ({"classification": "noise_only"}, "flaky tests, or tests that were red long before"),
    ],
)
def test_what_is_not_known_and_what_is_odd_is_said(
    marts: Path, one: dict[str, Any], words: str
) -> None:
    put(marts, one)
    assert words in said(marts)


def test_twenty_tests_are_listed_and_the_others_counted(marts: Path) -> None:
    tests = [
        {"source": "pager", "incident_id": "I-1", "test_id": f"t{n:02}", "role": "silent"}
        for n in range(25)
    ]
    put(marts, {}, tests=tests)
    assert "and 5 more" in said(marts)
    assert "t19" in said(marts)
    assert "t20" not in said(marts)


def test_strangers_words_are_harmless_and_the_same_marts_give_the_same_bytes(
    marts: Path, tmp_path: Path
) -> None:
    put(marts, {"title": EVIL, "component": EVIL, "flow": EVIL, "deployment_id": EVIL})
    for folder in ("a", "b"):
        written(marts, tmp_path / folder)
    page = (tmp_path / "a" / "I-1.html").read_bytes()
    assert b"<script>" not in page
    assert b"\x1b" not in page
    assert page == (tmp_path / "b" / "I-1.html").read_bytes()


def test_only_what_changed_is_written_and_what_no_incident_has_is_removed(
    marts: Path, tmp_path: Path
) -> None:
    put(marts, {}, {"incident_id": "I-2"}, {"incident_id": "../../etc"}, {"source": "other"})
    folder = tmp_path / "incidents"
    folder.mkdir()
    (folder / "old.md").write_text("of an incident that is not there")
    done = written(marts, folder)
    names = sorted(place.name for place in folder.glob("*.md"))
    assert [*names[:2], *names[3:]] == ["I-1.md", "I-2.md", "index.md", "pager-I-1.md"]
    assert names[2].startswith("etc-")
    assert (len(done.every), len(done.changed)) == (4, 4)
    assert not (tmp_path.parent / "etc.md").exists()
    again = written(marts, folder)
    assert (len(again.every), again.changed) == (4, [])


def test_reports_have_names_that_differ_on_every_system(marts: Path, tmp_path: Path) -> None:
    names = ("Inc-1", "inc-1", "INC-1", "con", "NUL.1", "index", "a.")
    put(marts, *({"incident_id": name} for name in names))
    written(marts, tmp_path / "incidents")
    stems = [place.stem.lower() for place in (tmp_path / "incidents").glob("*.md")]
    assert len(set(stems)) == len(names) + 1, "one page of all"
    assert not {"con", "nul.1", "a."} & set(stems)


def test_one_page_lists_all_reports_newest_first_and_leads_to_each(
    marts: Path, tmp_path: Path
) -> None:
    older = {"incident_id": "I-0", "detected": date(2026, 6, 1), "title": EVIL}
    put(marts, older, {"incident_id": "a b"}, {"deleted_on": DAY})
    folder = tmp_path / "incidents"
    written(marts, folder)
    page = (folder / "index.html").read_text()
    leads = re.findall(r'<a href="([^"#]+)">([^<]+)</a>', page)
    assert [name for _, name in leads] == ["I-1", "a b", "I-0"]
    assert all((folder / link).is_file() for link, _ in leads)
    assert "deleted" in page
    text = (folder / "index.md").read_text()
    assert "[I-0](I-0.md)" in text
    assert text.index("I-1.md") < text.index("I-0.md")


@pytest.mark.parametrize("incident", [{}, {"title": EVIL, "incident_id": 'I"1', "flow": "a] b"}])
def test_a_draft_for_pytest_is_a_test_that_fails_and_says_why(
    incident: dict[str, Any], tmp_path: Path
) -> None:
    place = tmp_path / "test_draft.py"
    place.write_text(pytest_stub({**USUAL, "incident_id": "I-1", **incident}), encoding="utf-8")
    asked = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:xdist",
        "-p",
        "no:cacheprovider",
        place,
    ]
    ran = subprocess.run(asked, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert ran.returncode == 1, ran.stdout
    assert "1 failed" in ran.stdout
    assert "draft: write the test that" in ran.stdout


def test_a_draft_for_playwright_carries_the_tags_that_the_parser_reads() -> None:
    draft = playwright_stub({**USUAL, "incident_id": "I-1"})
    title = json.loads(draft[draft.index('("') + 1 : draft.index(", async")])
    name, tags = split_title(title)
    assert name == "payment payments hang"
    assert dict(tags) == {
        "flow": "payment",
        "risk": "high",
        "component": "payments",
        "failure_mode": "timeout",
        "incident": "I-1",
    }


@pytest.mark.parametrize("gap", [None, "failure_ignored"])
def test_where_no_test_is_missing_there_is_no_draft(gap: str | None) -> None:
    assert not stubs({**USUAL, "incident_id": "I-1", "gap_type": gap})


def test_the_command_prints_lists_and_says_by_its_exit_code_what_is_not_sure(marts: Path) -> None:
    put(marts, {}, {"incident_id": "I-2", "report_state": "provisional"})
    one = gapsight("incident", "I-1", "--marts", marts)
    assert one.returncode == 0
    assert "I-1: Payments hang" in one.stdout
    assert gapsight("incident", "I-2", "--marts", marts).returncode == 2
    wrong = gapsight("incident", "I-11", "--marts", marts)
    assert wrong.returncode == 3
    assert "did you mean" in wrong.stderr.lower()
    listed = gapsight("incident", "--marts", marts)
    assert "I-2" in listed.stdout
    assert (
        json.loads(gapsight("incident", "I-1", "--marts", marts, "--format", "json").stdout)[
            "state"
        ]
        == "final"
    )
    page = gapsight("incident", "I-1", "--marts", marts, "--format", "html").stdout
    assert page.startswith("<!doctype html>")
    draft = gapsight("incident", "I-1", "--marts", marts, "--draft", "pytest").stdout
    assert draft.startswith("import pytest")
    assert gapsight("incident", "--marts", marts, "--draft", "pytest").returncode == 3


def test_one_that_lies_ahead_and_one_that_was_deleted_are_not_taken_for_unknown(
    marts: Path,
) -> None:
    put(marts, {"incident_id": "gone", "deleted_on": DAY})
    ahead = {"kind": "future_incident", "name": "I-9", "last_day": date(2027, 6, 20)}
    add_rows(marts, "rpt_unmapped", [{"source": "pager", "what_to_do": "wait", **ahead}])
    told = gapsight("incident", "I-9", "--marts", marts)
    assert told.returncode == 2
    assert "I-9 begins on 2027-06-20, after the as-of day" in told.stderr
    listed = gapsight("incident", "--marts", marts).stdout
    assert "gone" in listed
    assert "deleted" in listed


def test_without_an_incident_the_list_says_so(marts: Path, tmp_path: Path) -> None:
    assert "No incident is loaded." in gapsight("incident", "--marts", marts).stdout
    assert not written(marts, tmp_path / "incidents").every
