"""Answers of PagerDuty, Statuspage and Opsgenie become incident versions."""

import datetime as dt
import io
import json
from typing import Any

import pytest

from ingest import sources
from ingest.records import Incident
from ingest.source import Context, FormatError, Item, Reject, Tally, Warn

FOLDER = dt.date(2026, 6, 30)
JO = {"id": "U1", "type": "user_reference", "summary": "Jo Public", "name": "Jo Public"}


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 6, day, hour, minute, tzinfo=dt.UTC)


def parse(name: str, document: object) -> list[Item]:
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    context = Context(folder_day=FOLDER, reporting_zone="Europe/Berlin")
    found = sources.get(name).parse(io.BytesIO(text), context)  # type: ignore[arg-type]
    return [item for item in found if not isinstance(item, Tally)]


def paged(**fields: Any) -> dict[str, Any]:
    """A PagerDuty incident."""
    return {
        "id": "PT4KHLK",
        "type": "incident",
        "summary": "[#1234] The server is on fire, ask jo@example.com",
        "incident_number": 1234,
        "title": "The server is on fire, ask jo@example.com",
        "created_at": "2026-06-28T21:30:42Z",
        "status": "triggered",
        "urgency": "high",
        "priority": None,
        "service": {"id": "PIJ90N7", "type": "service_reference", "summary": "Shop API"},
        "assignments": [{"at": "2026-06-28T21:30:42Z", "assignee": JO}],
        "last_status_change_at": "2026-06-28T21:38:23Z",
        "last_status_change_by": JO,
        "body": {"details": "said Jo Public"},
        **fields,
    }


def shown(**fields: Any) -> dict[str, Any]:
    """A Statuspage incident."""
    return {
        "id": "p31zjtct2jer",
        "name": "Data Layer Migration, mail jo@example.com",
        "status": "resolved",
        "impact": "major",
        "created_at": "2026-06-28T20:07:00.000-06:00",
        "started_at": "2026-06-28T20:00:00.000-06:00",
        "resolved_at": "2026-06-28T21:00:00.000-06:00",
        "updated_at": "2026-06-28T21:30:00.000-06:00",
        "shortlink": "http://stspg.io/abc",
        "components": [{"id": "c1", "name": "Checkout"}, {"id": "c2", "name": "Search"}],
        "incident_updates": [{"body": "Jo Public looks into it"}],
        "postmortem_body": "Jo Public did it",
        **fields,
    }


def alerted(**fields: Any) -> dict[str, Any]:
    """An Opsgenie incident."""
    return {
        "id": "3f84e009",
        "tinyId": "1",
        "message": "Checkout down, ask jo@example.com",
        "description": "said Jo Public",
        "status": "resolved",
        "priority": "P2",
        "impactedServices": ["s1", "s2"],
        "tags": ["component:cart", "eu"],
        "createdAt": "2026-06-28T20:07:00.49Z",
        "updatedAt": "2026-06-28T21:30:00Z",
        "impactStartDate": "2026-06-28T20:00:00Z",
        "impactEndDate": "2026-06-28T21:00:00Z",
        "ownerTeam": "payments",
        "responders": [{"type": "user", "id": "u1"}],
        "extraProperties": {},
        **fields,
    }


MAKERS = {"pagerduty": paged, "statuspage": shown, "opsgenie": alerted}
LISTS = {"pagerduty": "incidents", "statuspage": "incidents", "opsgenie": "data"}
CREATED = {"pagerduty": "created_at", "statuspage": "created_at", "opsgenie": "createdAt"}
TOOLS = sorted(MAKERS)


def one(name: str, **fields: Any) -> Incident:
    (row,) = parse(name, {LISTS[name]: [MAKERS[name](**fields)]})
    assert isinstance(row, Incident)
    return row


def test_pagerduty_knows_when_it_was_triggered_and_nothing_before() -> None:
    assert one("pagerduty") == Incident(
        day=dt.date(2026, 6, 28),
        incident_id="PT4KHLK",
        title="The server is on fire, ask <email>",
        service="Shop API",
        component="Shop API",
        severity="high",
        status="triggered",
        detected_at=at(28, 21, 30).replace(second=42),
        updated_at=at(28, 21, 38).replace(second=23),
        extra_json='{"incident_number":1234,"summary":"[#1234] The server is on fire, ask <email>"}',
    )


@pytest.mark.parametrize(
    ("fields", "resolved"),
    [
        ({"status": "acknowledged"}, None),
        ({"status": "triggered", "resolved_at": "2026-06-28T22:00:00Z"}, None),
        ({"status": "resolved"}, at(28, 21, 38).replace(second=23)),
        ({"status": "resolved", "resolved_at": "2026-06-28T22:00:00Z"}, at(28, 22)),
        ({"status": "resolved", "last_status_change_at": None}, None),
        (
            {
                "status": "resolved",
                "log_entries": [
                    {"type": "resolve_log_entry", "created_at": "2026-06-28T21:35:00Z"},
                    {"type": "trigger_log_entry", "created_at": "2026-06-28T21:50:00Z"},
                    None,
                ],
            },
            at(28, 21, 35),
        ),
    ],
)
def test_a_pagerduty_incident_ends_only_when_it_is_resolved(
    fields: dict[str, Any], resolved: dt.datetime | None
) -> None:
    assert one("pagerduty", **fields).resolved_at == resolved


def test_a_pagerduty_priority_goes_before_its_urgency() -> None:
    row = one("pagerduty", priority={"id": "P1", "summary": "P1", "type": "priority"})
    assert row.severity == "P1"
    assert json.loads(row.extra_json or "")["urgency"] == "high"


def test_a_pagerduty_webhook_is_a_version_of_its_incident() -> None:
    data = paged(number=1234, last_status_change_at=None, status="resolved")
    event = {"id": "e", "event_type": "incident.resolved", "data": data}
    event["occurred_at"] = "2026-06-28T22:00:00.123Z"
    (row,) = parse("pagerduty", {"event": event})
    assert isinstance(row, Incident)
    ended = at(28, 22).replace(microsecond=123_000)
    assert (row.resolved_at, row.updated_at) == (ended, ended)
    event["event_type"] = "service.updated"
    with pytest.raises(FormatError, match=r"about 'service\.updated'"):
        parse("pagerduty", {"event": event})


def test_statuspage_tells_when_it_began_and_when_it_was_posted() -> None:
    assert one("statuspage") == Incident(
        day=dt.date(2026, 6, 29),
        incident_id="p31zjtct2jer",
        title="Data Layer Migration, mail <email>",
        component="Checkout",
        severity="major",
        status="resolved",
        started_at=at(29, 2),
        detected_at=at(29, 2, 7),
        resolved_at=at(29, 3),
        updated_at=at(29, 3, 30),
        extra_json='{"components":[{"id":"c1","name":"Checkout"},{"id":"c2","name":"Search"}],'
        '"shortlink":"http://stspg.io/abc"}',
    )


@pytest.mark.parametrize(
    "planned",
    [{"scheduled_for": "2026-07-01T00:00:00Z"}, {"impact": "maintenance"}, {"status": "completed"}],
)
def test_scheduled_maintenance_is_no_incident_and_is_counted(planned: dict[str, str]) -> None:
    document = json.dumps([shown(), shown(id="m", **planned), None]).encode()
    context = Context(folder_day=FOLDER)
    source = sources.get("statuspage")
    row, odd, tally, warning = source.parse(io.BytesIO(document), context)  # type: ignore[arg-type]
    assert isinstance(row, Incident)
    assert isinstance(odd, Reject)
    assert tally == Tally(read=3, user=1, other=1)
    assert warning == Warn(reason="1 scheduled maintenances left out: no incidents")


def test_opsgenie_tells_when_customers_felt_it() -> None:
    assert one("opsgenie") == Incident(
        day=dt.date(2026, 6, 28),
        incident_id="3f84e009",
        title="Checkout down, ask <email>",
        service="s1",
        component="cart",
        severity="P2",
        status="resolved",
        started_at=at(28, 20),
        detected_at=at(28, 20, 7).replace(microsecond=490_000),
        resolved_at=at(28, 21),
        updated_at=at(28, 21, 30),
        extra_json='{"impactedServices":["s1","s2"],"ownerTeam":"payments",'
        '"tags":["component:cart","eu"],"tinyId":"1"}',
    )
    assert one("opsgenie", tags=[], extraProperties={"component": "pay"}).component == "pay"
    assert one("opsgenie", impactEndDate=None).resolved_at is None


def test_an_opsgenie_alert_is_no_incident() -> None:
    (found,) = parse("opsgenie", {"data": [alerted(alias="x", isSeen=True)]})
    assert isinstance(found, Reject)
    assert found.reason == "an alert, expected an incident"


@pytest.mark.parametrize("name", TOOLS)
def test_no_person_is_kept(name: str) -> None:
    said = repr(parse(name, [MAKERS[name](), MAKERS[name](id=None)]))
    assert "Jo Public" not in said
    assert "example.com" not in said


@pytest.mark.parametrize("name", TOOLS)
def test_every_container_gives_the_same_incidents(name: str) -> None:
    made = [MAKERS[name](id="1"), MAKERS[name](id="2")]
    containers = [
        {LISTS[name]: made},
        made,
        [{LISTS[name]: made[:1]}, {LISTS[name]: made[1]}],
        b"\n".join(json.dumps({LISTS[name]: [incident]}).encode() for incident in made),
        b"\n".join(json.dumps(incident).encode() for incident in made),
    ]
    for document in containers:
        ids = [row.incident_id for row in parse(name, document) if isinstance(row, Incident)]
        assert ids == ["1", "2"]
    assert parse(name, {LISTS[name]: []}) == []
    assert parse(name, {LISTS[name]: None}) == []


@pytest.mark.parametrize("name", TOOLS)
def test_an_incident_without_id_or_time_is_rejected_and_the_others_are_read(name: str) -> None:
    times = dict.fromkeys((CREATED[name], "started_at", "impactStartDate"))
    made = [MAKERS[name](id=None), MAKERS[name](**times), 7, MAKERS[name]()]
    found = parse(name, {LISTS[name]: made})
    assert [type(item) for item in found] == [Reject, Reject, Reject, Incident]
    reasons = [item.reason for item in found if isinstance(item, Reject)]
    assert reasons[0] == "no id"
    assert reasons[1].startswith("no time")
    assert reasons[2] == "a number, expected an object"


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize("other", TOOLS)
def test_a_tool_takes_only_its_own_incidents(name: str, other: str) -> None:
    found = parse(name, [MAKERS[other]()])
    if name == other:
        assert isinstance(found[0], Incident)
    else:
        assert isinstance(found[0], Reject)


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"error": {"message": "Not Found", "code": 2100}}, "an error answer of .*Not Found"),
        ({"error": "Could not authenticate"}, "an error answer of .*Could not authenticate"),
        ({"message": "Key format is not valid", "took": 0.1}, "an error answer of"),
        ({"issues": [], "total": 0}, "expected (incidents|data); members: issues, total"),
        (b"", "empty file"),
        (b"<html>", "HTML"),
        (b"id,created_at,title\n1,x,y\n", "CSV"),
        (b'{"incidents": [{"id": 1', "cut off"),
    ],
)
def test_what_is_no_whole_answer_is_refused(name: str, document: object, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        parse(name, document)
