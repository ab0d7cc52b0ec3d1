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
START = {"started_at": "2026-06-01T12:00:00Z"}


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 6, day, hour, minute, tzinfo=dt.UTC)


def parse(document: object, zone: str = "Europe/Berlin") -> list[Item]:
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    context = Context(folder_day=FOLDER, reporting_zone=zone, source_zone="America/New_York")
    return list(incidents.parse(io.BytesIO(text), context))


def one(**fields: Any) -> Incident:
    (row,) = parse({"id": "INC-1", **START, **fields})
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
        started_at=None,
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
        ({"started_at": "2026-06-18T18:30:00"}, 19),
        ({}, 1),
    ],
)
def test_the_day_is_when_the_version_was_first_known(stamps: dict[str, str], day: int) -> None:
    assert one(**stamps).day == dt.date(2026, 6, day)


def test_two_versions_in_one_file_are_two_rows() -> None:
    versions = [{"id": 1, **START, "status": "open"}, {"id": 1, **START, "status": "resolved"}]
    rows = parse({"incidents": versions})
    assert [(r.incident_id, r.status) for r in rows if isinstance(r, Incident)] == [
        ("1", "open"),
        ("1", "resolved"),
    ]


@pytest.mark.parametrize("bad_id", [None, "", " ", True, [], {}])
def test_a_record_without_an_id_is_rejected_without_its_persons(bad_id: object) -> None:
    bad = {"id": bad_id, "title": "x", "assignee": "Jo Public", "mailed": "jo@example.com"}
    rejected, row = parse([bad, {"incidentId": "INC-2", **START}])
    assert isinstance(rejected, Reject)
    assert (rejected.position, rejected.reason) == (1, "no id")
    assert '"title":"x"' in rejected.excerpt
    assert "Jo" not in rejected.excerpt
    assert "example.com" not in rejected.excerpt
    assert isinstance(row, Incident)


def test_unreadable_stamps_keep_the_row_and_warn_once() -> None:
    row, warning = parse([{"id": 1, **START, "resolved_at": "2026-06-31", "updated_at": "now"}])
    assert isinstance(row, Incident)
    assert (row.resolved_at, row.updated_at) == (None, None)
    assert warning == Warn(reason="2 unreadable stamps; first in record 1, resolved_at: 2026-06-31")


NOT_TIMED = "no time at which it started or was detected (years 1 and 9999 and epoch 0 are none)"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, NOT_TIMED),
        ({"title": "x", "severity": "SEV1", "resolved_at": "2026-06-30T01:00:00Z"}, NOT_TIMED),
        ({"started_at": "yesterday"}, NOT_TIMED),
        (
            {"created_at": "2026-06-30T01:00:00Z", "head_sha": "0a1b2c3", "name": "CI"},
            "only a time",
        ),
        (
            {"created_at": "2026-06-30T01:00:00Z", "title": "no button", "state": "open"},
            "only a time",
        ),
    ],
)
def test_another_tools_record_with_an_id_is_no_incident(
    fields: dict[str, str], reason: str
) -> None:
    found = parse({"id": 17, **fields})[0]
    assert isinstance(found, Reject)
    assert found.reason.startswith(reason)


@pytest.mark.parametrize("name", ["severity", "priority", "urgency", "impact"])
def test_a_time_of_creation_is_enough_where_a_severity_says_what_it_is(name: str) -> None:
    (row,) = parse({"id": 17, "created_at": "2026-06-30T01:00:00Z", name: "high"})
    assert isinstance(row, Incident)
    assert (row.started_at, row.detected_at) == (None, at(30, 1))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty file"),
        (b"<html>Sign in</html>", "login page"),
        (b'[{"id": 1}, {"id"', "cut off"),
        (b'{"id": 1}\n{"id"', "cut off in line 2"),
        (b"id,title\n1,x\n", "CSV of the columns id, title; expected one of started_at"),
        (b"some words", "not JSON"),
    ],
)
def test_what_is_no_json_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        parse(body)


CSV = """\
Incident ID,Started At,resolvedAt,Severity,Service,Title,Assigned To,Region
INC-1,2026-06-28T20:00:00Z,2026-06-28T21:00:00Z,SEV2,shop-api,"Checkout fails
for ""saved"" cards, ask jo@example.com",Jo Public,eu
INC-2,2026-06-29 08:00,,,,,,
"""


@pytest.mark.parametrize("mark", ["", "\ufeff", "sep=,\n", "\n\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_gives_what_json_gives(mark: str, end: str) -> None:
    first, second = parse((mark + CSV).replace("\n", end).encode(), zone="UTC")
    assert isinstance(first, Incident)
    assert isinstance(second, Incident)
    title = f'Checkout fails{end.strip(chr(13))}for "saved" cards, ask <email>'
    assert (first.incident_id, first.title) == ("INC-1", title)
    assert (first.severity, first.service, first.extra_json) == (
        "SEV2",
        "shop-api",
        '{"region":"eu"}',
    )
    assert (first.started_at, first.resolved_at) == (at(28, 20), at(28, 21))
    # A stamp without a zone is read in the source's zone; an empty cell is not known.
    assert (second.started_at, second.resolved_at) == (at(29, 12), None)
    assert (second.severity, second.title, second.extra_json) == (None, None, None)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_that_gives_most_columns(delimiter: str) -> None:
    lines = ["id|start|title", "7|2026-06-28T20:00:00Z|a, b; c"]
    quoted = lines[1].replace("a, b; c", '"a, b; c"')
    (row,) = parse("\n".join((lines[0], quoted)).replace("|", delimiter).encode())
    assert isinstance(row, Incident)
    assert (row.incident_id, row.title, row.started_at) == ("7", "a, b; c", at(28, 20))


def test_a_bad_row_of_a_csv_is_rejected_with_its_line_and_the_others_are_read() -> None:
    body = b"""\
id,started_at,resolved_at,title
1,2026-06-28T20:00:00Z,,fine
2,06/28/2026 8pm,,a date that a spreadsheet has turned
,2026-06-28T20:00:00Z,,nobody numbered it
4,2026-06-28T20:00:00Z,,one,too many
5,2026-06-28T20:00:00Z
6,2026-06-28T20:00:00Z,NULL,"quoted" badly
7,2026-06-28T20:00:00Z,,caf\xe9
8,,,never began

9,2026-06-28T20:00:00Z,2026-06-28T21:00:00Z,"over
two lines"
10,2026-06-28T20:00:00Z,NULL,last"""
    found = parse(body)
    assert [row.incident_id for row in found if isinstance(row, Incident)] == ["1", "9", "10"]
    rejects = {item.position: item.reason for item in found if isinstance(item, Reject)}
    assert rejects == {
        3: "unreadable stamp in record 3, started_at: 06/28/2026 8pm",
        4: "no id",
        5: "5 fields, the header has 4",
        6: "2 fields, the header has 4",
        7: "not CSV: ',' expected after '\"'",
        8: "bytes that are no UTF-8",
        9: NOT_TIMED,
    }


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            b'id,started_at,title\n1,2026-06-28,"never closed\n2,2026-06-28,x\n',
            "a quote opened in line 2",
        ),
        (b"id,started_at,title\n1,2026-06-28,x\n2,2026", "cut off in line 3: 2 of 3 fields"),
        (b"id,started_at\n1," + b"x" * 2_000_000, "longer than"),
        (b'id,started_at\n1,"' + b"x\n" * 100_000, "a field of more than"),
        (b"_id,params,data,url,input,created_at\n1,{},{},,null,2026-06-28\n", "CSV of the columns"),
        (b"started_at;title;severity\n2026-06-28;x;P1\n", "expected one of id, incident_id"),
        (b"\xff\xfei\0d\0,\0", "UTF-16"),
        (b",".join([b"id"] * 600) + b"\n", "600 columns"),
    ],
)
def test_a_csv_that_is_cut_off_or_of_another_kind_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        parse(body)


def test_a_column_that_comes_twice_is_kept_twice() -> None:
    (row,) = parse(b"id,started_at,label,label\n1,2026-06-28T20:00:00Z,a,b\n")
    assert isinstance(row, Incident)
    assert json.loads(row.extra_json or "") == {"label": "a", "label_2": "b"}


def test_a_csv_of_a_header_alone_holds_no_incident() -> None:
    assert parse(b"id,started_at,title\n") == []


def warned(document: bytes, zone: str | None) -> list[Warn]:
    context = Context(folder_day=FOLDER, source_zone=zone)
    found = incidents.parse(io.BytesIO(document), context)
    return [item for item in found if isinstance(item, Warn)]


NAIVE_JSON = b'[{"id": 1, "severity": "P1", "started_at": "2026-06-28 20:00", "resolved_at": "2026-06-28 21:00"}]'
NAIVE_CSV = (
    b"id,started_at,resolved_at\n1,2026-06-28 20:00,\n2,2026-06-29 20:00Z,2026-06-29 23:30\n"
)


@pytest.mark.parametrize("document", [NAIVE_JSON, NAIVE_CSV])
def test_times_whose_zone_nobody_has_said_are_counted(document: bytes) -> None:
    (warning,) = warned(document, None)
    assert warning.reason.startswith("2 times without a zone were read as UTC")
    assert (warning.assumed_zones, warning.partial) == (2, False)
    assert warned(document, "Europe/Berlin") == []


def test_an_incident_that_ends_before_it_begins_is_said() -> None:
    whole = b"1,2026-06-28T20:00Z,2026-06-28T20:05Z,2026-06-28T21:00Z\n"
    turned = b"2,2026-06-28T20:00Z,2026-06-28T20:05Z,2026-06-28T19:00Z\n"
    seen_before = b"3,2026-06-28T20:00Z,2026-06-28T19:05Z,2026-06-28T21:00Z\n"
    head = b"id,started_at,detected_at,resolved_at\n"
    (warning,) = warned(head + whole + turned + seen_before, None)
    assert warning.reason.startswith("2 records end before they begin or are noticed before")
    assert warning.reason.endswith("first in record 3")
    assert warned(head + whole, None) == []
