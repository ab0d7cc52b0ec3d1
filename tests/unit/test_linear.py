"""Answers of Linear's API become issues and dated changes."""

import datetime as dt
import io
import json
from typing import Any

import pytest

from ingest.records import Issue, IssueChange
from ingest.source import Context, FormatError, Item, Reject, Warn
from ingest.sources import linear

FOLDER = dt.date(2026, 6, 30)
JO = {"id": "u1", "name": "Jo Public", "displayName": "jo", "email": "jo@example.com"}


def issue(key: str = "SHOP-7", **fields: Any) -> dict[str, Any]:
    return {
        "id": "2174add1-f7c8-44e3-bbf3-2d60b5ea8bc9",
        "identifier": key,
        "title": "Cart total is wrong, ask jo@example.com",
        "priority": 2,
        "priorityLabel": "High",
        "state": {"name": "In Arbeit", "type": "started"},
        "team": {"key": "SHOP", "name": "Web shop"},
        "project": {"name": "Checkout"},
        "labels": {"nodes": [{"name": "EU"}, {"name": "Bug"}]},
        "createdAt": "2026-06-01T00:13:13.360Z",
        "updatedAt": "2026-06-29T23:30:00.000Z",
        "completedAt": None,
        "canceledAt": None,
        "startedAt": "2026-06-02T00:00:00.000Z",
        "assignee": JO,
        "creator": JO,
        "description": "as Jo Public said",
        **fields,
    }


def page(*issues: Any, **more: Any) -> dict[str, Any]:
    info = {"hasNextPage": False, "endCursor": "x"}
    return {"data": {"issues": {"nodes": list(issues), "pageInfo": info}}, **more}


def change(was: str | None, to: str | None, **fields: Any) -> dict[str, Any]:
    return {
        "id": "h1",
        "createdAt": "2026-06-03T00:00:00.000Z",
        "actor": JO,
        "fromState": {"name": was, "type": "unstarted"} if was else None,
        "toState": {"name": to, "type": "started"} if to else None,
        **fields,
    }


def parse(document: object, **options: Any) -> list[Item]:
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    context = Context(folder_day=FOLDER, reporting_zone="Europe/Berlin", options=options)
    return list(linear.parse(io.BytesIO(text), context))


def one(**fields: Any) -> Issue:
    (row,) = parse(page(issue(**fields)))
    assert isinstance(row, Issue)
    return row


def test_an_issue_keeps_what_is_known_of_it_and_no_person() -> None:
    assert one() == Issue(
        day=FOLDER,
        key="SHOP-7",
        project="SHOP",
        type="Bug",
        title="Cart total is wrong, ask <email>",
        labels_json='["EU","Bug"]',
        priority="High",
        status="In Arbeit",
        status_category="indeterminate",
        component="Checkout",
        created_at=dt.datetime(2026, 6, 1, 0, 13, 13, 360_000, dt.UTC),
        updated_at=dt.datetime(2026, 6, 29, 23, 30, tzinfo=dt.UTC),
        extra_json='{"project":"Checkout","started_at":"2026-06-02T00:00:00.000Z","team":"Web shop"}',
    )


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("triage", "new"),
        ("backlog", "new"),
        ("unstarted", "new"),
        ("started", "indeterminate"),
        ("completed", "done"),
        ("canceled", "done"),
        ("invented", None),
        (None, None),
    ],
)
def test_the_type_of_a_state_is_its_category(kind: str | None, category: str | None) -> None:
    assert one(state={"name": "x", "type": kind}).status_category == category


def test_an_issue_ends_when_it_is_completed_or_canceled_and_extra_tells_which() -> None:
    at = "2026-06-05T00:00:00Z"
    fixed = one(completedAt=at, state={"name": "Done", "type": "completed"})
    refused = one(canceledAt=at, state={"name": "Won't do", "type": "canceled"})
    ended = dt.datetime(2026, 6, 5, tzinfo=dt.UTC)
    assert (fixed.resolved_at, refused.resolved_at) == (ended, ended)
    assert json.loads(fixed.extra_json or "")["resolution"] == "completed"
    assert json.loads(refused.extra_json or "")["resolution"] == "canceled"


def test_labels_name_the_flow_the_component_and_the_type() -> None:
    labels = {"nodes": [{"name": name} for name in ("flow: pay", "area/cart", "Kundenfehler")]}
    (row,) = parse(page(issue(labels=labels)), type_labels=["kundenfehler"])
    assert isinstance(row, Issue)
    assert (row.flow_hint, row.component, row.type) == ("pay", "cart", "Kundenfehler")
    assert one(labels=None, project=None, team=None).project == "SHOP"
    assert one(labels=None, project=None).component is None
    assert one(labels=None).type is None


def test_a_priority_without_its_label_is_its_number() -> None:
    assert one(priorityLabel=None).priority == "2"


def test_changes_of_state_are_dated_and_all_other_changes_are_left() -> None:
    nodes = [
        change("Todo", "In Arbeit"),
        change(None, "Todo", id="h0"),
        change(None, None, id="h2", addedLabels=[{"name": "x"}]),
    ]
    row, first, second = parse(page(issue(history={"nodes": nodes})))
    assert isinstance(row, Issue)
    assert first == IssueChange(
        day=row.day,
        key="SHOP-7",
        change_id="h1",
        field="status",
        from_value="Todo",
        to_value="In Arbeit",
        changed_at=dt.datetime(2026, 6, 3, tzinfo=dt.UTC),
    )
    assert isinstance(second, IssueChange)
    assert (second.change_id, second.from_value, second.to_value) == ("h0", None, "Todo")


@pytest.mark.parametrize("wrong", [{"id": None}, {"createdAt": None}, {"createdAt": "soon"}])
def test_a_change_without_id_or_time_is_rejected_and_the_issue_is_kept(wrong: Any) -> None:
    row, rejected, *_ = parse(page(issue(history={"nodes": [change("a", "b", **wrong)]})))
    assert isinstance(row, Issue)
    assert rejected == Reject(
        position=1, reason="a change of state without id or time", excerpt="SHOP-7"
    )


def test_a_history_of_several_pages_is_said_to_be_cut() -> None:
    history = {"nodes": [], "pageInfo": {"hasNextPage": True}}
    *_, warning = parse(page(*(issue(f"SHOP-{n}", history=history) for n in range(6))))
    assert warning == Warn(
        reason="history cut short in 6 issues: SHOP-0, SHOP-1, SHOP-2, SHOP-3, SHOP-4 …",
        partial=True,
    )


@pytest.mark.parametrize(
    "document",
    [
        page(issue("A-1"), issue("A-2")),
        [page(issue("A-1")), page(issue("A-2"))],
        {"issues": {"nodes": [issue("A-1"), issue("A-2")]}},
        {"data": {"issues": {"edges": [{"node": issue("A-1")}, {"node": issue("A-2")}]}}},
        [issue("A-1"), issue("A-2")],
        b"\n".join(json.dumps(page(issue(key))).encode() for key in ("A-1", "A-2")),
    ],
)
def test_every_container_gives_the_same_issues(document: object) -> None:
    assert [row.key for row in parse(document) if isinstance(row, Issue)] == ["A-1", "A-2"]


def test_a_node_without_identifier_or_of_another_kind_is_rejected_and_the_others_are_read() -> None:
    bad, odd, row = parse(page(issue(key=None), None, issue()))  # type: ignore[arg-type]
    assert bad == Reject(position=1, reason="no identifier: did the query ask for it?")
    assert isinstance(odd, Reject)
    assert isinstance(row, Issue)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (
            page(issue(), errors=[{"message": "rate limited, jo@example.com"}]),
            "rate limited, <email>",
        ),
        ({"errors": [{"message": "Entity not found"}], "data": None}, "an error answer of Linear"),
        ({"errors": "no access"}, "no access"),
        ({"message": "Authentication required"}, "Authentication required"),
        ({"data": None}, "expected data.issues.nodes; members: data"),
        ({"data": {"viewer": {"id": 1}}}, "members: viewer"),
        ({"issues": [{"key": "SHOP-1", "fields": {}}], "isLast": True}, "members: isLast, issues"),
        (b"", "empty file"),
        (b"<html>", "HTML"),
        (b"identifier,title,state\nA-1,x,y\n", "CSV"),
        (json.dumps(page(issue())).encode()[:-9], "cut off"),
    ],
)
def test_what_is_no_whole_answer_is_refused(document: object, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        parse(document)


def test_one_bad_page_refuses_the_whole_file() -> None:
    lines = [page(issue()), {"errors": [{"message": "timeout"}]}]
    with pytest.raises(FormatError, match="timeout"):
        parse(b"\n".join(json.dumps(line).encode() for line in lines))


def test_an_empty_page_holds_no_issue() -> None:
    assert parse(page()) == []
    assert parse([]) == []
