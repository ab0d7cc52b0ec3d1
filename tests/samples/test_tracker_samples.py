"""Jira and Opsgenie files of other people, against what another tool took from them."""

import csv
import datetime as dt
import io
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from ingest.records import Incident, Issue, IssueChange
from ingest.source import Context, Item
from ingest.sources import incidents, jira, opsgenie

SAMPLES = Path(__file__).parents[2] / ".." / "shared" / "samples"
JIRA = SAMPLES / "jira" / "apache+incubator-devlake"
OPSGENIE = SAMPLES / "incidents" / "apache+incubator-devlake" / "opsgenie" / "e2e"
CONTEXT = Context(folder_day=dt.date(2026, 6, 30))

pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the folder of shared samples is not beside this repository"
)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as rows:
        return list(csv.DictReader(rows))


def stamp(text: str) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


@pytest.fixture(scope="module")
def parsed() -> list[Item]:
    with (JIRA / "issues.jsonl").open("rb") as stream:
        return list(jira.parse(stream, CONTEXT))


def issues(parsed: list[Item]) -> dict[str, Issue]:
    return {item.key: item for item in parsed if isinstance(item, Issue)}


def test_every_issue_is_read_and_nothing_is_refused(parsed: list[Item]) -> None:
    assert len(issues(parsed)) == 33
    assert {type(item) for item in parsed} == {Issue, IssueChange}


def test_issues_agree_with_the_other_tool(parsed: list[Item]) -> None:
    found, expected = issues(parsed), table(JIRA / "expected_issues.csv")
    assert len(expected) == 30
    # The three issues of the second project (K5) are in the file but not in that tool's table: it
    # keeps the issues of the board it was run for. A search knows no board, so all 33 stay.
    assert found.keys() - {row["issue_key"] for row in expected} == {"K5-2", "K5-3", "K5-4"}
    for row in expected:
        issue = found[row["issue_key"]]
        assert (issue.type, issue.status) == (row["type"], row["status_name"])
        assert (issue.status_category, issue.priority) == (row["status_key"], row["priority_name"])
        assert issue.created_at == stamp(row["created"])
        assert issue.resolved_at == stamp(row["resolution_date"])
        assert issue.updated_at == stamp(row["updated"])


def test_status_changes_agree_with_the_other_tool(parsed: list[Item]) -> None:
    # Its table names no issue and gives '' where a field was empty before; ours has NULL there.
    expected = {
        (row["changelog_id"], row["field"], row["from_string"], row["to_string"])
        for row in table(JIRA / "expected_status_changes.csv")
    }
    assert len(expected) == 195
    found = [item for item in parsed if isinstance(item, IssueChange)]
    # 165 changes of status and 30 of resolution. The five histories of the K5 issues change other
    # fields, so here the two agree to the row although that tool left those issues out.
    assert {(c.change_id, c.field, c.from_value or "", c.to_value or "") for c in found} == expected
    assert len(found) == 195


def test_changes_carry_the_time_and_issue_of_their_history(parsed: list[Item]) -> None:
    histories = {row["changelog_id"]: row for row in table(JIRA / "expected_changelogs.csv")}
    # 517 of the 522 histories in the file: the five left out belong to the three K5 issues.
    assert len(histories) == 517
    ids = {row["issue_key"]: row["issue_id"] for row in table(JIRA / "expected_issues.csv")}
    for change in (item for item in parsed if isinstance(item, IssueChange)):
        history = histories[change.change_id]
        assert change.changed_at == stamp(history["created"])
        assert ids[change.key] == history["issue_id"]


def test_all_histories_are_in_the_file_and_five_are_not_the_other_tools() -> None:
    with (JIRA / "issues.jsonl").open("rb") as stream:
        read = [msgspec.json.decode(line) for line in stream]
    kept = {row["changelog_id"] for row in table(JIRA / "expected_changelogs.csv")}
    histories = [(issue["key"], h["id"]) for issue in read for h in issue["changelog"]["histories"]]
    assert len(histories) == 522
    left = sorted(key for key, history in histories if history not in kept)
    assert left == ["K5-2", "K5-2", "K5-3", "K5-3", "K5-4"]


def test_a_page_gives_what_the_lines_give(parsed: list[Item]) -> None:
    lines = (JIRA / "issues.jsonl").read_bytes().splitlines()
    page = b'{"issues": [' + b",".join(lines) + b'], "isLast": true}'
    assert list(jira.parse(io.BytesIO(page), CONTEXT)) == parsed


def test_no_person_of_the_sample_is_kept(parsed: list[Item]) -> None:
    raw = (JIRA / "issues.jsonl").read_text(encoding="utf-8")
    assert raw.count("Person ") > 500
    kept = msgspec.json.encode(parsed).decode()
    assert "Person " not in kept
    assert "accountId" not in kept


@pytest.mark.parametrize("source", [incidents, opsgenie])
def test_opsgenie_incidents_agree_with_the_other_tool(source: ModuleType) -> None:
    raw = table(OPSGENIE / "raw_tables" / "_raw_opsgenie_incidents.csv")
    page = '{"data": [' + ",".join(row["data"] for row in raw) + '], "took": 0.1}'
    expected = {
        r["id"]: r for r in table(OPSGENIE / "snapshot_tables" / "_tool_opsgenie_incidents.csv")
    }
    found = list(source.parse(io.BytesIO(page.encode()), CONTEXT))
    assert len(found) == len(expected) == 2
    for item in found:
        assert isinstance(item, Incident)
        row = expected[item.incident_id]
        assert (item.title, item.service) == (row["message"], row["service_id"])
        assert (item.severity, item.status) == (row["priority"], row["status"])
        assert item.detected_at == stamp(row["created_date"])
        assert item.updated_at == stamp(row["updated_date"])
        assert "responders" not in (item.extra_json or "")


@pytest.mark.parametrize("source", [incidents, opsgenie])
def test_an_open_incident_has_no_end_and_a_resolved_one_ends_when_its_impact_did(
    source: ModuleType,
) -> None:
    raw = table(OPSGENIE / "raw_tables" / "_raw_opsgenie_incidents.csv")
    ends = {}
    for row in raw:
        (item,) = source.parse(io.BytesIO(row["data"].encode()), CONTEXT)
        assert isinstance(item, Incident)
        ends[item.status] = item.resolved_at
    assert ends == {"open": None, "resolved": dt.datetime(2023, 9, 5, 18, 21, 21, 490000, dt.UTC)}
