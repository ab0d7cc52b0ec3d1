"""The review packs: every section filled, every section empty, and names that strangers wrote."""

import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli_support import HOSTILE, add_marts, add_rows, gapsight, make_marts

AS_OF = date(2026, 6, 30)
MARTS = {
    "dim_flows": "core",
    "rpt_slow_tests": "core",
    "rpt_anomalies": "core",
    "fct_flake_verdicts": "flakes",
    "fct_incident_correlation": "incidents",
    "fct_load_bearing": "incidents",
    "rpt_patterns": "incidents",
    "rpt_recommended_actions": "incidents",
    "fct_test_value": "incidents",
    "rpt_feedback_metrics": "incidents",
    "rpt_rules_in_force": "trust",
    "rpt_event_properties": "trust",
    "rpt_feedback_precision": "trust",
}
EVIL = f'<script>alert("x")</script>{HOSTILE}'
FLAKE = {"status": "flaky_confirmed", "evidence": "same_sha_mix", "k": 3, "shas": 20}
ROWS: dict[str, list[dict[str, Any]]] = {
    "dim_flows": [
        {"flow": "checkout", "is_orphan": False, "status": "active"},
        {"flow": "gift_cards", "is_orphan": True, "status": "active", "is_critical": True},
        {"flow": "old", "is_orphan": True, "status": "sunset"},
    ],
    "rpt_slow_tests": [
        {"test_id": "rare", "cost_rank": 1, "runs_per_week": 1.0, "p50_ms": 9000.0},
        {"test_id": "often", "cost_rank": 2, "runs_per_week": 50.0, "p50_ms": 8000.0},
        {"test_id": "third", "cost_rank": 3, "p50_ms": 8000.0, "is_over_budget": True},
        {"test_id": "fourth", "cost_rank": 4, "p50_ms": 10.0, "is_over_budget": False},
    ],
    "rpt_anomalies": [
        {"kind": "drop_off", "flow": "cart", "day": AS_OF, "charter": f"Explore {EVIL} now."},
    ],
    "fct_flake_verdicts": [
        {"test_id": "rare", "flake_rate": 0.5, **FLAKE},
        {"test_id": "often", "flake_rate": 0.1, **FLAKE},
        {"test_id": EVIL, "flake_rate": 0.9, **FLAKE, "status": "flaky_suspected"},
        {"test_id": "fine", "status": "stable", "evidence": "same_sha_mix"},
    ],
    "fct_incident_correlation": [
        {"classification": "predicted", "detected": AS_OF, "is_eligible": True, "as_of": AS_OF},
        {"classification": "unknown", "detected": date(2026, 1, 1), "as_of": AS_OF},
        {"classification": "noise_only", "deleted_on": AS_OF, "as_of": AS_OF},
    ],
    "fct_load_bearing": [
        {"test_id": "rare", "status": "confirmed", "hits": 3, "incidents": 5, "p_value": 0.0001},
        {"test_id": "fine", "status": "not_shown", "component": "a", "has_enough_incidents": False},
        {"test_id": "more", "status": "not_shown", "component": "b", "has_enough_incidents": True},
    ],
    "rpt_patterns": [
        {
            "pattern_id": "p1",
            "kind": "failure",
            "defining_text": f"{EVIL}\nat line 3",
            "why_together": "2 tests of pay",
            "recommendation": "fix_cause",
            "days": 2,
        }
    ],
    "fct_test_value": [
        {"test_id": "t", "verdict": "dead_weight", "minutes_saved_per_week": 2.5},
        {"test_id": "u", "verdict": "guard", "why": "failed"},
    ],
    "rpt_recommended_actions": [
        {
            "action": "new_test",
            "action_rank": 1,
            "subject_kind": "component_mode",
            "subject": EVIL,
            "reason": "2 incidents",
        },
    ],
    "rpt_feedback_metrics": [{"metric": "prediction_rate", "n": 0, "as_of": AS_OF}],
    "rpt_rules_in_force": [
        {"kind": "threshold", "name": "slowest_tests", "value": "2"},
        {"kind": "threshold", "name": "defect_basis", "value": "per_week"},
    ],
    "rpt_event_properties": [
        {"event": "Order", "property": "mail", "looks_personal": True, "status": "outside_schema"},
        {"event": "Order", "property": "size", "looks_personal": False},
        {"event": "Order", "property": "never_seen"},
    ],
    "rpt_feedback_precision": [{"subject_type": "score", "verdict": "automate_now", "judged": 4}],
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = make_marts(tmp_path_factory.mktemp("filled") / "marts.duckdb")
    add_marts(path, MARTS)
    for mart, rows in ROWS.items():
        add_rows(path, mart, rows)
    return path


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = make_marts(tmp_path_factory.mktemp("empty") / "marts.duckdb", empty=True)
    add_marts(path, MARTS)
    return path


def sections(marts: Path, kind: str) -> dict[str, dict[str, Any]]:
    done = gapsight("review", kind, "--marts", marts, "--format", "json")
    return {section["name"]: section for section in json.loads(done.stdout)["sections"]}


def test_the_week_has_three_tickets_without_an_open_one_and_the_flakes_that_interrupt_most(filled):
    found = sections(filled, "weekly")
    assert [row["gap_id"] for row in found["tickets"]["rows"]] == ["g1", "g2", "g4"]
    assert [row["test_id"] for row in found["flakes"]["rows"]] == ["often", "rare", EVIL]
    assert [row["flow"] for row in found["ownerless"]["rows"]] == ["gift_cards"]
    assert [row["kind"] for row in found["charters"]["rows"]] == ["drop_off"]


def test_a_table_without_rows_says_why_beside_others_that_have_some(filled, tmp_path):
    import duckdb

    marts = tmp_path / "marts.duckdb"
    marts.write_bytes(filled.read_bytes())
    with duckdb.connect(str(marts)) as connection:
        connection.execute("update marts.marts.fct_test_value set verdict = 'guard'")
        connection.execute("update marts.marts.fct_load_bearing set status = 'not_shown'")
        connection.execute("update marts.marts.fct_flake_verdicts set status = 'stable'")
        connection.execute("delete from marts.marts.fct_top_gaps")
    for form in ("markdown", "html"):
        pack = gapsight("review", "quarterly", "--marts", marts, "--format", form).stdout
        for why in (
            "No test is dead weight:",
            "No gap stands",
            "is shown to warn",
            "None of 4 tests",
        ):
            assert pack.count(why) == 1, (form, why)


def test_a_ticket_says_what_the_command_for_it_says(filled, tmp_path):
    import duckdb

    marts = tmp_path / "marts.duckdb"
    marts.write_bytes(filled.read_bytes())
    with duckdb.connect(str(marts)) as connection:
        texts = "ticket_title = 'T', ticket_body = 'one' || chr(10) || 'two', ticket_labels ="
        labels = "'flow:checkout risk:high owner:none'"
        connection.execute(f"update marts.marts.fct_top_gaps set {texts} {labels}")
    pack = gapsight("review", "weekly", "--marts", marts, "--format", "html").stdout
    ticket = json.loads(gapsight("ticket", "g1", "--marts", marts, "--format", "json").stdout)
    for part in (ticket["title"], *ticket["body"].splitlines(), " ".join(ticket["labels"])):
        assert f"{part}<" in pack


def test_an_open_ticket_makes_room_for_the_next_gap_and_a_closed_one_is_named(filled, tmp_path):
    import duckdb

    marts = tmp_path / "marts.duckdb"
    marts.write_bytes(filled.read_bytes())
    with duckdb.connect(str(marts)) as connection:
        table = "update marts.marts.fct_top_gaps set ticket_title = flow, ticket_status ="
        connection.execute(f"{table} 'open' where gap_id = 'g1'")
        connection.execute(f"{table} 'closed_but_gap_stands' where gap_id = 'g2'")
    found = sections(marts, "weekly")
    assert [row["gap_id"] for row in found["tickets"]["rows"]] == ["g2", "g4", "g5"]
    shown = gapsight("review", "weekly", "--marts", marts).stdout
    assert shown.count("open that one again") == 1


def test_the_quarter_shows_incidents_patterns_tests_and_what_people_said(filled):
    found = sections(filled, "quarterly")
    classes = {row.get("classification"): row.get("this_quarter") for row in found["gaps"]["rows"]}
    assert (classes["predicted"], classes["unknown"]) == (1, 0)
    assert "noise_only" not in classes, "what no source tells of any more counts for nothing"
    assert [row["pattern_id"] for row in found["patterns"]["rows"]] == ["p1"]
    verdicts = {row["verdict"]: row["tests"] for row in found["load-bearing"]["rows"][1:]}
    assert verdicts == {"confirmed": 1, "not enough incidents": 1, "not shown": 1}
    assert [row["test_id"] for row in found["budgets"]["rows"]] == ["rare", "often", "third"]
    assert [row["property"] for row in found["privacy"]["rows"]] == ["mail"]
    assert found["metrics"]["rows"][0]["value"] is None


def test_what_is_not_known_is_called_unknown_and_no_number(filled):
    shown = gapsight("review", "quarterly", "--marts", filled).stdout
    assert "| prediction rate | unknown | 0 | none |  |" in shown
    assert "<0.001" in shown.replace("\\", "")


@pytest.mark.parametrize("kind", ["weekly", "quarterly"])
def test_of_empty_marts_every_section_says_why_it_is_empty(empty, kind):
    found = sections(empty, kind)
    assert all(section["why_empty"] and not section["rows"] for section in found.values())
    done = gapsight("review", kind, "--marts", empty)
    assert done.returncode == 2
    assert "as of no day" in done.stdout
    assert done.stdout.count("\n## ") == len(found)


def test_dead_weight_is_listed_and_all_verdicts_are_counted(filled):
    rows = sections(filled, "quarterly")["dead-weight"]["rows"]
    assert rows[0]["test_id"] == "t"
    assert {row["verdict"]: row["tests"] for row in rows[1:]} == {"dead_weight": 1, "guard": 1}


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: set[str] = set()
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links |= {value for name, value in attrs if name in ("href", "src")}

    def handle_data(self, data):
        self.words += data


@pytest.mark.parametrize("kind", ["weekly", "quarterly"])
def test_names_of_strangers_are_text_in_html_and_the_page_needs_nothing_else(filled, kind):
    text = gapsight("review", kind, "--marts", filled, "--format", "html").stdout
    page = _Page(text)
    assert not page.tags & {"script", "b", "img", "link"}
    assert '<script>alert("x")' in page.words, "it is shown"
    assert "\x1b" not in text
    assert all(link.startswith("#") for link in page.links)
    assert "default-src 'none'" in text
    assert not re.search(r"https?://|@import|url\(", text)


@pytest.mark.parametrize("kind", ["weekly", "quarterly"])
def test_names_of_strangers_are_text_in_markdown(filled, kind):
    text = gapsight("review", kind, "--marts", filled).stdout
    assert "<script>" not in text.replace("\\<", "")
    assert "\x1b" not in text
    assert not re.search(r"@team", text), "nobody is mentioned"
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        marks = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(marks) == 1, "no name makes a cell"


def test_the_same_marts_give_the_same_bytes_and_files_are_named_by_day(filled, tmp_path):
    for form, ending in (("markdown", "md"), ("html", "html"), ("json", "json")):
        for kind in ("weekly", "quarterly"):
            options = ("review", kind, "--marts", filled, "--format", form)
            done = gapsight(*options, "--out", tmp_path / "packs")
            assert (done.returncode, done.stdout) == (0, "")
            written = tmp_path / "packs" / f"2026-06-30-{kind}.{ending}"
            assert written.read_text() == gapsight(*options).stdout


def test_help_has_an_example_and_another_word_is_wrong_usage():
    done = gapsight("review", "--help")
    assert done.returncode == 0
    assert "gapsight review weekly" in done.stdout
    assert gapsight("review", "daily").returncode == 3


def test_marts_of_an_older_version_are_named_as_such(tmp_path):
    done = gapsight("review", "weekly", "--marts", make_marts(tmp_path / "marts.duckdb"))
    assert done.returncode == 3
    assert "not published by this version" in done.stderr
