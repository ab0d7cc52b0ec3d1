"""Sentry's issues and events become error events by day."""

import datetime as dt
import io
import json
from typing import Any

import pytest

from ingest.privacy import fingerprint
from ingest.records.errors import ErrorEvent
from ingest.source import Context, FormatError, Item, Reject, Warn
from ingest.sources import sentry

FOLDER = dt.date(2026, 6, 30)


def at(day: int, hour: int = 0, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 6, day, hour, minute, tzinfo=dt.UTC)


def issue(**fields: Any) -> dict[str, Any]:
    return {
        "id": "4711",
        "shortId": "SHOP-1",
        "title": "TypeError: total of jo@example.com is undefined",
        "culprit": "cart/total in sum",
        "permalink": "https://shop.sentry.io/issues/4711/",
        "level": "error",
        "status": "unresolved",
        "platform": "javascript",
        "project": {"id": "2", "name": "Shop Web", "slug": "shop-web"},
        "type": "error",
        "metadata": {
            "type": "TypeError",
            "value": "total of jo@example.com is undefined",
            "filename": "app:///src/cart/total.ts?v=3",
            "function": "sum",
        },
        "assignedTo": {"type": "user", "name": "Jo Public", "email": "jo@example.com"},
        "tags": [{"key": "browser", "name": "Browser", "totalValues": 7}],
        "count": "150",
        "userCount": 12,
        "firstSeen": "2026-06-01T10:00:00.000000Z",
        "lastSeen": "2026-06-29T21:30:00.000000Z",
        **fields,
    }


def event(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"e{number}",
        "eventID": f"e{number}",
        "groupID": "4711",
        "title": "TypeError: total is undefined",
        "message": "",
        "platform": "javascript",
        "dateCreated": f"2026-06-28T10:{number:02}:00Z",
        "projectID": "2",
        "tags": [
            {"key": "release", "value": "web@2.14.0"},
            {"key": "environment", "value": "production"},
            {"key": "component", "value": "cart"},
            {"key": "level", "value": "fatal"},
            {"key": "user", "value": "id:jo"},
        ],
        "user": {"email": "jo@example.com"},
        "metadata": {"type": "TypeError", "value": "total is undefined", "filename": "./src/a.ts"},
        **fields,
    }


def parse(document: object) -> list[Item]:
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    context = Context(folder_day=FOLDER, reporting_zone="Europe/Berlin")
    return list(sentry.parse(io.BytesIO(text), context))


def rows(document: object) -> list[ErrorEvent]:
    found = parse(document)
    assert all(isinstance(item, ErrorEvent) for item in found), found
    return [item for item in found if isinstance(item, ErrorEvent)]


def test_an_issue_without_a_series_is_one_row_whose_count_of_the_day_is_unknown() -> None:
    assert rows([issue()]) == [
        ErrorEvent(
            day=dt.date(2026, 6, 29),
            project="shop-web",
            error_id="4711",
            type="TypeError",
            title="TypeError: total of <email> is undefined",
            fingerprint=fingerprint("TypeError: total of <email> is undefined"),
            level="error",
            status="unresolved",
            platform="javascript",
            component="cart/total in sum",
            file="src/cart/total.ts",
            function="sum",
            count=None,
            total_count=150,
            users=12,
            first_seen_at=at(1, 10),
            last_seen_at=at(29, 21, 30),
        )
    ]


def test_a_series_of_hours_is_added_up_by_reporting_day() -> None:
    # 21:00 UTC is 23:00 in Berlin, 22:00 UTC is the next day there.
    hours = [[int(at(27, hour).timestamp()), count] for hour, count in ((20, 0), (21, 2), (22, 3))]
    later = [[int(at(28, 3).timestamp()), "4"]]
    found = rows([issue(stats={"24h": hours + later})])
    assert [(row.day.day, row.count, row.total_count) for row in found] == [
        (27, 2, 150),
        (28, 7, 150),
    ]


def test_of_two_series_the_longer_counts_and_its_days_are_those_it_names() -> None:
    days = [[int(at(day).timestamp()), day] for day in (26, 27, 28)]
    hours = [[int(at(28, 5).timestamp()), 99]]
    found = rows([issue(stats={"24h": hours, "30d": days})])
    assert [(row.day.day, row.count) for row in found] == [(26, 26), (27, 27), (28, 28)]


def test_of_an_issue_asked_for_within_a_span_the_totals_are_those_of_its_lifetime() -> None:
    ever = {"count": "900", "userCount": 40, "firstSeen": "2026-05-01T00:00:00Z", "lastSeen": None}
    (row,) = rows([issue(lifetime=ever, filtered={"count": "1"})])
    assert (row.total_count, row.users, row.first_seen_at) == (
        900,
        40,
        dt.datetime(2026, 5, 1, tzinfo=dt.UTC),
    )
    assert row.last_seen_at == at(29, 21, 30), "not known of its lifetime"
    for odd in (None, [], "x", {"count": {}}, {"stats": 7}):
        assert rows([issue(lifetime=odd)])[0].first_seen_at == at(1, 10)


@pytest.mark.parametrize(
    "stats",
    [{}, None, [], {"24h": []}, {"24h": [[1782777600, 0]]}, {"24h": [[1, 2, 3], "x", None]}],
)
def test_a_series_without_events_is_no_series(stats: object) -> None:
    (row,) = rows([issue(stats=stats)])
    assert (row.day.day, row.count) == (29, None)


def test_a_release_is_the_last_one_or_that_of_a_tag() -> None:
    assert rows([issue(lastRelease={"version": "2.0"})])[0].release == "2.0"
    assert rows([event()])[0].release == "web@2.14.0"
    assert rows([event(release={"version": "3.0"})])[0].release == "3.0"


def test_an_address_in_place_of_a_release_is_not_kept() -> None:
    assert rows([event(release="jo@example.com")])[0].release == "<email>"
    assert rows([event(release="jo@1und1.de")])[0].release == "<email>"
    assert rows([event(release="com.shop@2.3+45")])[0].release == "com.shop@2.3+45"
    assert rows([event(release="a84d88e7")])[0].release == "a84d88e7"


def test_events_are_added_up_by_day_error_file_and_release() -> None:
    other = event(3, tags=[{"key": "release", "value": "web@2.15.0"}])
    first, second = rows([event(1), event(2), other])
    assert first == ErrorEvent(
        day=dt.date(2026, 6, 28),
        project="2",
        error_id="4711",
        type="TypeError",
        title="TypeError: total is undefined",
        fingerprint=fingerprint("TypeError: total is undefined"),
        level="fatal",
        platform="javascript",
        component="cart",
        file="src/a.ts",
        release="web@2.14.0",
        environment="production",
        count=2,
        first_seen_at=at(28, 10, 1),
        last_seen_at=at(28, 10, 2),
    )
    assert (second.release, second.count, second.environment) == ("web@2.15.0", 1, None)


def test_an_event_that_two_pages_hold_counts_once() -> None:
    row, warning = parse([event(1), event(1), event(2)])
    assert isinstance(row, ErrorEvent)
    assert row.count == 2
    assert warning == Warn(reason="1 events stand more than once, counted once")


def test_a_count_that_is_no_number_is_unknown_and_said() -> None:
    row, warning = parse([issue(count="1.2k", userCount=None)])
    assert isinstance(row, ErrorEvent)
    assert (row.total_count, row.users) == (None, None)
    assert warning == Warn(reason="1 counts are no whole numbers, left unknown")


@pytest.mark.parametrize(
    ("written", "file"),
    [
        ("C:\\shop\\src\\a.py", "C:/shop/src/a.py"),
        ("webpack:///./src/a.ts", "src/a.ts"),
        ("https://shop.example.com/static/a.js?x=1", "static/a.js"),
        ("src/a.py", "src/a.py"),
        ("", None),
        (7, "7"),
    ],
)
def test_a_file_is_named_as_a_report_would_name_it(written: object, file: str | None) -> None:
    assert rows([issue(metadata={"filename": written})])[0].file == file


def test_csv_gives_what_json_gives() -> None:
    body = (
        "Issue ID,Short ID,Title,Culprit,Project,Level,Count,User Count,First Seen,Last Seen,Type,"
        "Filename,Function,Release,Assigned To\n"
        '4711,SHOP-1,"TypeError: total of jo@example.com is undefined",cart/total in sum,shop-web,'
        "error,150,12,2026-06-01T10:00:00Z,2026-06-29T21:30:00Z,TypeError,"
        "app:///src/cart/total.ts,sum,2.0,Jo Public\n"
        "4712,SHOP-2,x,y,shop-web,error,1,1,2026-06-01,yesterday,,,,,\n"
    )
    row, rejected = parse(body.encode())
    (expected,) = rows([issue(status=None, platform=None, lastRelease={"version": "2.0"})])
    expected.fingerprint = fingerprint("TypeError: TypeError: total of <email> is undefined")
    assert row == expected
    assert isinstance(rejected, Reject)
    assert (rejected.position, rejected.reason) == (
        3,
        "unreadable stamp in record 3, last_seen: yesterday",
    )


def test_what_is_no_error_is_rejected_without_its_persons_and_the_others_are_read() -> None:
    found = parse(
        [
            issue(id=None, shortId=None),
            issue(lastSeen=None),
            event(groupID=None),
            {"id": 1, "timestamp": "2026-06-30T00:00:00Z", "user": "Jo Public"},
            None,
            issue(),
        ]
    )
    assert [item.reason for item in found if isinstance(item, Reject)] == [
        "no id",
        "no time at which it was seen",
        "an event without its group",
        "no title, message, culprit or type: is it Sentry's?",
        "null, true or false, expected an object",
    ]
    assert isinstance(found[-1], ErrorEvent)
    assert "Jo Public" not in repr(found)
    assert "example.com" not in repr(found)


@pytest.mark.parametrize(
    "document",
    [
        [issue(id="1"), issue(id="2")],
        {"data": [issue(id="1"), issue(id="2")]},
        b"\n".join(json.dumps([issue(id=key)]).encode()[1:-1] for key in ("1", "2")),
    ],
)
def test_every_container_gives_the_same_errors(document: object) -> None:
    assert [row.error_id for row in rows(document)] == ["1", "2"]
    assert rows([]) == []


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"detail": "The requested resource does not exist"}, "an error answer of Sentry: The req"),
        ({"detail": {"code": "sso-required", "message": "Must login"}}, "Must login"),
        ({"runs": []}, "expected issues; members: runs"),
        (b"", "empty file"),
        (b"a,b,c\n1,2,3\n", "CSV of the columns a, b, c"),
        (json.dumps([issue()]).encode()[:-5], "cut off"),
    ],
)
def test_what_is_no_whole_answer_is_refused(document: object, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        parse(document)
