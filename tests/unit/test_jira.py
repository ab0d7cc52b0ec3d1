"""Jira search pages become issues and dated changes."""

import datetime as dt
import io
import json
from typing import Any

import msgspec
import pytest

from ingest.records import Issue, IssueChange
from ingest.source import Context, FormatError, Item, Reject, Warn
from ingest.sources import jira

FOLDER = dt.date(2026, 6, 30)
PERSON = {
    "self": "https://shop.example.com/rest/api/3/user?accountId=5b10",
    "accountId": "5b10",
    "displayName": "Jo Public",
    "emailAddress": "jo@example.com",
}


def issue(key: str = "SHOP-7", histories: list[Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "id": "10007",
        "key": key,
        "fields": {
            "summary": "Cart total is wrong",
            "issuetype": {"name": "Bug", "description": "x"},
            "project": {"key": "SHOP", "name": "Web shop"},
            "status": {"name": "In Arbeit", "statusCategory": {"key": "indeterminate", "id": 4}},
            "priority": {"name": "High", "id": "2"},
            "created": "2026-06-01T08:13:13.360+0800",
            "resolutiondate": None,
            "updated": "2026-06-29T23:30:00.000+0000",
            "reporter": PERSON,
            "assignee": PERSON,
            "creator": PERSON,
            **fields,
        },
        **({"changelog": {"histories": histories, "total": len(histories)}} if histories else {}),
    }


def change(field: str, was: str | None, to: str, change_id: Any = "1", at: Any = None) -> Any:
    item = {"field": field, "fieldId": field, "fromString": was, "toString": to, "to": "5"}
    created = at or "2026-06-29T23:30:00.000+0000"
    return {"id": change_id, "author": PERSON, "created": created, "items": [item]}


def parse(document: object, **options: Any) -> list[Item]:
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    context = Context(folder_day=FOLDER, reporting_zone="Europe/Berlin", options=options)
    return list(jira.parse(io.BytesIO(text), context))


def one(document: object, **options: Any) -> Issue:
    (row,) = parse(document, **options)
    assert isinstance(row, Issue)
    return row


def test_an_issue_becomes_a_row_in_the_trackers_own_words() -> None:
    labels = ["web", "flow:checkout"]
    components = [{"name": "cart", "lead": PERSON}, {"name": "pricing"}]
    page = {"issues": [issue(labels=labels, components=components)], "isLast": True}
    assert one(page) == Issue(
        # Half past eleven at night in UTC is the next day in Berlin.
        day=dt.date(2026, 6, 30),
        key="SHOP-7",
        project="SHOP",
        type="Bug",
        title="Cart total is wrong",
        labels_json='["web","flow:checkout"]',
        priority="High",
        status="In Arbeit",
        status_category="indeterminate",
        component="cart",
        flow_hint="checkout",
        created_at=dt.datetime(2026, 6, 1, 0, 13, 13, 360000, tzinfo=dt.UTC),
        updated_at=dt.datetime(2026, 6, 29, 23, 30, tzinfo=dt.UTC),
        extra_json='{"components":["cart","pricing"]}',
    )


def test_pages_of_both_versions_lists_and_lines_give_the_same() -> None:
    found = issue()
    server = {"expand": "names", "startAt": 0, "maxResults": 50, "total": 1, "issues": [found]}
    lines = json.dumps(found).encode() + b"\n" + json.dumps(issue("SHOP-8")).encode()
    assert (
        one(server) == one({"issues": [found], "nextPageToken": "x"}) == one([found]) == one(found)
    )
    assert [row.key for row in parse(lines) if isinstance(row, Issue)] == ["SHOP-7", "SHOP-8"]
    assert parse({"issues": [], "isLast": True}) == []


def test_status_and_resolution_changes_are_kept_and_lie_with_their_issue() -> None:
    histories = [
        change("status", "Open", "完成", change_id=90, at="2026-06-20T10:00:00.000+0200"),
        change("assignee", "Jo Public", "Al Public"),
        change("resolution", None, "Won't Do", change_id="91"),
        {"id": "92", "created": "2026-06-21T10:00:00.000+0200", "items": [{"field": "Status"}]},
    ]
    row, *changes = parse(issue(histories=histories))
    assert isinstance(row, Issue)
    assert changes[0] == IssueChange(
        day=row.day,
        key="SHOP-7",
        change_id="90",
        field="status",
        from_value="Open",
        to_value="完成",
        changed_at=dt.datetime(2026, 6, 20, 8, tzinfo=dt.UTC),
    )
    assert [(c.field, c.to_value) for c in changes[1:] if isinstance(c, IssueChange)] == [
        ("resolution", "Won't Do"),
        ("status", None),
    ]


def test_no_person_is_kept_anywhere() -> None:
    found = issue(
        histories=[change("status", "a", "b"), change("assignee", "Jo Public", "Al Public")],
        summary="jo@example.com cannot pay, token=abcdef123",
        description={
            "type": "doc",
            "content": [{"type": "mention", "attrs": {"text": "@Jo Public"}}],
        },
        comment={"comments": [{"author": PERSON, "body": "Jo Public"}]},
        customfield_1=PERSON,
        customfield_2="Jo Public",
        customfield_3=[PERSON],
        environment="Jo Public",
        labels=["jo@example.com"],
        parent={"key": "SHOP-1", "fields": {"assignee": PERSON}},
    )
    broken = {"key": "SHOP-9", "fields": None, "reporter": PERSON}
    items = parse({"issues": [found, broken]}, extra_fields=["customfield_1", "customfield_3"])
    said = msgspec.json.encode(items).decode()
    assert [word for word in ("Jo", "Al P", "example.com", "5b10", "abcdef") if word in said] == []
    assert "<email> cannot pay" in said
    assert '{\\"parent\\":\\"SHOP-1\\"}' in said


@pytest.mark.parametrize(
    ("labels", "hint"),
    [
        (["flow=search"], "search"),
        (["FLOW-Check Out"], "Check Out"),
        (["web", "flow: login", "flow:second"], "login"),
        (["flow:", "workflow:x", "flowers"], None),
        (["flow:支払い"], "支払い"),
        ("flow:search", "search"),
        (None, None),
        ([None, 5, {"name": "flow:search"}], "search"),
    ],
)
def test_the_flow_is_read_from_labels(labels: object, hint: str | None) -> None:
    assert one(issue(labels=labels)).flow_hint == hint


@pytest.mark.parametrize(
    ("value", "severity"),
    [
        ({"value": "S1 - Kritisch", "id": "3"}, "S1 - Kritisch"),
        ("high", "high"),
        ([{"value": "b"}], "b"),
        (None, None),
    ],
)
def test_severity_comes_from_the_configured_field_alone(
    value: object, severity: str | None
) -> None:
    found = issue(customfield_10050=value)
    assert one(found, severity_field="customfield_10050").severity == severity
    assert one(found).severity is None
    assert one(found, severity_field="priority").severity == "High"


@pytest.mark.parametrize(
    ("fields", "how"),
    [
        ({"labels": ["web", "failure_mode:timeout"]}, "timeout"),
        ({"labels": ["Failure-Mode: bad data"]}, "bad data"),
        ({"labels": ["failure"], "customfield_7": {"value": "Capacity"}}, "Capacity"),
        ({"labels": []}, None),
    ],
)
def test_how_it_failed_is_read_from_a_label_or_the_sites_own_field(
    fields: dict[str, object], how: str | None
) -> None:
    assert one(issue(**fields), failure_mode_field="customfield_7").failure_mode == how


def test_when_an_incident_began_is_a_field_of_the_site() -> None:
    found = issue(
        customfield_8="2026-06-28T20:00:00.000+0200", resolutiondate="2026-06-28T17:00:00.000+0000"
    )
    assert one(found).started_at is None
    began = dt.datetime(2026, 6, 28, 18, tzinfo=dt.UTC)
    context = Context(folder_day=FOLDER, options={"started_field": "customfield_8"})
    row, warning = jira.parse(io.BytesIO(json.dumps(found).encode()), context)
    assert (row.started_at, warning.reason[:29]) == (began, "1 records end before they beg")


def test_configured_extra_fields_are_kept() -> None:
    found = issue(
        customfield_1={"value": "EU"},
        fixVersions=[{"name": "2.1"}],
        versions=[{"name": "2.0"}],
        resolution={"name": "Done"},
    )
    assert json.loads(one(found, extra_fields="customfield_1").extra_json or "") == {
        "affects_versions": ["2.0"],
        "customfield_1": {"value": "EU"},
        "fix_versions": ["2.1"],
        "resolution": "Done",
    }


def test_the_day_falls_back_from_updated_to_created_to_the_folder() -> None:
    assert one(issue(updated=None)).day == dt.date(2026, 6, 1)
    assert one(issue(updated=None, created=None)).day == FOLDER


def test_unreadable_stamps_and_odd_shapes_cost_no_issue() -> None:
    odd = issue(
        updated="soon",
        created=5.5e300,
        status="Open",
        project=None,
        components="cart",
        issuetype=[],
    )
    row, warning = parse(odd)
    assert isinstance(row, Issue)
    assert (row.project, row.status, row.status_category, row.type) == ("SHOP", "Open", None, None)
    assert isinstance(warning, Warn)
    assert warning.reason.startswith("2 unreadable stamps; first in record 1, created: ")


def test_a_cut_changelog_is_told() -> None:
    cut = issue(histories=[change("status", "a", "b")])
    cut["changelog"]["total"] = 112
    *_, warning = parse({"issues": [issue(), cut]})
    assert warning == Warn(reason="changelog cut short in 1 issues: SHOP-7 lacks 111", partial=True)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ({"id": "10000"}, "no key"),
        ({"key": "", "fields": {}}, "no key"),
        ({"key": "SHOP-1", "id": "1"}, "no fields"),
        ("SHOP-1", "expected an object"),
        (None, "expected an object"),
    ],
)
def test_what_is_no_issue_is_rejected_and_the_others_are_read(bad: object, why: str) -> None:
    rejected, row = parse({"issues": [bad, issue()]})
    assert isinstance(rejected, Reject)
    assert rejected.position == 1
    assert why in rejected.reason
    assert isinstance(row, Issue)


@pytest.mark.parametrize(
    "history",
    [change("status", "a", "b", change_id={}), change("status", "a", "b", at="then")],
)
def test_a_change_without_id_or_time_is_rejected(history: object) -> None:
    row, rejected, *_ = parse(issue(histories=[history]))
    assert isinstance(row, Issue)
    assert rejected == Reject(
        position=1, reason="a change of status without id or time", excerpt="SHOP-7"
    )


@pytest.mark.parametrize(
    "log", [None, [], {"histories": None}, {"histories": [None, {"items": 5}]}]
)
def test_odd_changelogs_are_survived(log: object) -> None:
    assert [type(item) for item in parse(issue() | {"changelog": log})] == [Issue]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            b'{"errorMessages":["The value \'X\' does not exist for jo@example.com"],"errors":{}}',
            "<email>",
        ),
        (
            b'{"message":"Client must be authenticated","status-code":401}',
            "auth",
        ),
        (b'{"errorMessages":[],"errors":{"jql":"bad"}}', "an error answer"),
        (b"<!DOCTYPE html><html><title>Log in</title>", "login page"),
        (b"", "empty file"),
        (b'{"issues":[{"key":"SHOP-1","fields":{"summary":"x"', "cut off"),
        (b"key,summary\nSHOP-1,x\n", "not JSON"),
    ],
)
def test_an_answer_that_is_no_page_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        parse(body)
