"""Incident files become incident versions."""

import datetime as dt
import io
import json
from typing import Any

import pytest

from ingest.records import Incident
from ingest.source import Context, FormatError, Item, Reject, Warn
from ingest.sources import incidents

FOLDER = dt.date(2026, 6, 30)


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 6, day, hour, minute, tzinfo=dt.UTC)


def parse(document: object, zone: str = "Europe/Berlin") -> list[Item]:
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    context = Context(folder_day=FOLDER, reporting_zone=zone, source_zone="America/New_York")
    return list(incidents.parse(io.BytesIO(text), context))


def one(**fields: Any) -> Incident:
    (row,) = parse({"id": "INC-1", **fields})
    assert isinstance(row, Incident)
    return row


def test_the_plain_form() -> None:
    assert one(
        title="Checkout fails",
        service="shop-api",
        component="payments",
        failure_mode="timeout",
        severity="SEV2",
        status="resolved",
        started_at="2026-06-28T20:00:00Z",
        detected_at="2026-06-28T20:07:00Z",
        resolved_at="2026-06-28T21:00:00+00:00",
        updated_at="2026-06-28T22:30:00.5Z",
        region="eu",
    ) == Incident(
        day=dt.date(2026, 6, 29),
        incident_id="INC-1",
        title="Checkout fails",
        service="shop-api",
        component="payments",
        failure_mode="timeout",
        severity="SEV2",
        status="resolved",
        started_at=at(28, 20),
        detected_at=at(28, 20, 7),
        resolved_at=at(28, 21),
        updated_at=at(28, 22, 30).replace(microsecond=500_000),
        extra_json='{"region":"eu"}',
    )


def test_names_of_other_tools_are_understood() -> None:
    row = one(
        message="Checkout fails",
        impactedServices=["a1", "b2"],
        components=[{"name": "payments", "id": 1}, {"name": "cart"}],
        priority="P2",
        state="open",
        impactStartDate="2026-06-28T20:00:00.49Z",
        createdAt=1782677220,
        updatedAt=1782680400000,
        responders=[{"type": "user", "id": "x"}],
        ownerTeam="payments",
    )
    assert (row.title, row.service, row.component) == ("Checkout fails", "a1", "payments")
    assert (row.severity, row.status, row.resolved_at) == ("P2", "open", None)
    assert (row.detected_at, row.updated_at) == (at(28, 20, 7), at(28, 21))
    assert row.started_at == at(28, 20).replace(microsecond=490_000)
    assert json.loads(row.extra_json or "") == {
        "impactedServices": ["a1", "b2"],
        "components": [{"id": 1, "name": "payments"}, {"name": "cart"}],
        "ownerTeam": "payments",
    }


def test_the_first_name_that_holds_something_wins_and_the_others_go_to_extra() -> None:
    fields = {"severity": "", "priority": {"name": "P1"}, "urgency": "high"}
    row, warning = parse({"id": 1, "started_at": "?", "started": "2026-06-01", **fields})
    assert isinstance(row, Incident)
    assert isinstance(warning, Warn)
    assert row.severity == "P1"
    assert row.started_at == at(1, 4)
    assert json.loads(row.extra_json or "") == {"urgency": "high", "started_at": "?"}


def test_vendor_words_stay_verbatim_and_prose_is_scrubbed() -> None:
    row = one(
        title="ask jo@example.com",
        severity="  Kritisch! ",
        status="待处理",
        description="jo@example.com",
    )
    assert (row.title, row.severity, row.status) == ("ask <email>", "Kritisch!", "待处理")
    assert row.extra_json == '{"description":"<email>"}'


@pytest.mark.parametrize(
    ("stamps", "day"),
    [
        ({"updated_at": "2026-06-20T12:00:00Z", "resolved_at": "2026-06-22T12:00:00Z"}, 20),
        ({"started_at": "2026-06-18T12:00:00Z", "resolved_at": "2026-06-19T12:00:00Z"}, 19),
        ({"started_at": "2026-06-18T22:30:00Z", "resolved_at": "0001-01-01T00:00:00Z"}, 19),
        ({"started": "2026-06-18T18:30:00"}, 19),
        ({}, 30),
    ],
)
def test_the_day_is_when_the_version_was_first_known(stamps: dict[str, str], day: int) -> None:
    assert one(**stamps).day == dt.date(2026, 6, day)


def test_two_versions_in_one_file_are_two_rows() -> None:
    versions = [{"id": 1, "status": "open"}, {"id": 1, "status": "resolved"}]
    rows = parse({"incidents": versions})
    assert [(r.incident_id, r.status) for r in rows if isinstance(r, Incident)] == [
        ("1", "open"),
        ("1", "resolved"),
    ]


@pytest.mark.parametrize("bad_id", [None, "", " ", True, [], {}])
def test_a_record_without_an_id_is_rejected_without_its_persons(bad_id: object) -> None:
    bad = {"id": bad_id, "title": "x", "assignee": "Jo Public", "mailed": "jo@example.com"}
    rejected, row = parse([bad, {"incidentId": "INC-2"}])
    assert isinstance(rejected, Reject)
    assert (rejected.position, rejected.reason) == (1, "no id")
    assert '"title":"x"' in rejected.excerpt
    assert "Jo" not in rejected.excerpt
    assert "example.com" not in rejected.excerpt
    assert isinstance(row, Incident)


def test_unreadable_stamps_keep_the_row_and_warn_once() -> None:
    row, warning = parse([{"id": 1, "started_at": "yesterday", "resolved_at": "2026-06-31"}])
    assert isinstance(row, Incident)
    assert (row.started_at, row.resolved_at) == (None, None)
    assert warning == Warn(reason="2 unreadable stamps; first in record 1, started_at: yesterday")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty file"),
        (b"<html>Sign in</html>", "login page"),
        (b'[{"id": 1}, {"id"', "cut off"),
        (b'{"id": 1}\n{"id"', "cut off in line 2"),
        (b"id,title\n1,x\n", "not JSON"),
    ],
)
def test_what_is_no_json_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        parse(body)
