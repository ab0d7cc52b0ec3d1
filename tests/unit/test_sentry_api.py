"""Sentry from a server on loopback: true counts of a reporting day, page by page."""

from datetime import date
from typing import Any

from ingest import apis
from ingest.records.errors import ErrorEvent
from tests.unit.tracker_vendors import at, fetched, parsed, record, refused, tracker
from tests.unit.vendor_server import Asked, Reply, reply


def issue(number: int, *hours: tuple[str, int], **fields: Any) -> dict[str, Any]:
    return {**record("sentry", number, created=1, ended=3), "hours": list(hours), **fields}


def test_each_day_is_asked_for_by_its_instants_and_all_states_are_wanted() -> None:
    whole = tracker("sentry")
    whole.account["projects"] = ["shop-web"]
    _, asked = fetched(whole)
    assert [(one.query["start"], one.query["end"]) for one in asked] == [
        ("2026-05-31T22:00:00", "2026-06-01T22:00:00"),
        ("2026-06-01T22:00:00", "2026-06-02T22:00:00"),
        ("2026-06-02T22:00:00", "2026-06-03T22:00:00"),
    ]
    assert asked[0].path == "/api/0/organizations/shop/issues/"
    assert asked[0].query["query"] == "issue.category:error"
    assert asked[0].query["groupStatsPeriod"] == "auto"
    assert asked[0].query["project"] == "shop-web"


def test_the_hours_of_a_day_add_up_to_its_true_count() -> None:
    # 22:00 UTC is midnight in Berlin: of the last hour the next day's document knows all.
    hours = [(at(1, 21), 2), (at(1, 22), 3), (at(2, 10), 5), (at(2, 22), 4)]
    files, _ = fetched(tracker("sentry", issue(1, *hours)))
    assert [len(document) for document in files.values()] == [1, 1, 1]
    most: dict[date, int] = {}
    for document in files.values():
        for row in parsed_in_berlin(document):
            most[row.day] = max(most.get(row.day, 0), row.count or 0)
    # As stg_errors__events takes it: the document that knows most of a day.
    assert most == {date(2026, 6, 1): 2, date(2026, 6, 2): 8, date(2026, 6, 3): 4}


def parsed_in_berlin(document: list[Any]) -> list[ErrorEvent]:
    import io
    import json

    from ingest.source import Context
    from ingest.sources import sentry

    text = "".join(json.dumps(line) + "\n" for line in document).encode()
    context = Context(folder_day=date(2026, 6, 1), reporting_zone="Europe/Berlin")
    return [i for i in sentry.parse(io.BytesIO(text), context) if isinstance(i, ErrorEvent)]


def test_totals_are_of_all_days_though_a_day_was_asked_for() -> None:
    ever = {
        "count": "150",
        "userCount": 12,
        "firstSeen": "2026-01-01T00:00:00Z",
        "lastSeen": at(30),
        "stats": None,
    }
    one = issue(1, (at(2), 5), count="5", userCount=1, lifetime=ever)
    files, _ = fetched(tracker("sentry", one))
    [row] = parsed("sentry", files["06-02"])
    assert (row.day, row.count, row.total_count, row.users) == (date(2026, 6, 2), 5, 150, 12)
    assert (row.first_seen_at.year, row.last_seen_at.day) == (2026, 30)


def test_pages_follow_the_cursor_of_the_link_header() -> None:
    issues = [issue(number, (at(2), 1)) for number in range(5)]
    files, asked = fetched(tracker("sentry", *issues))
    assert len(files["06-02"]) == 5
    cursors = [one.query.get("cursor") for one in asked]
    assert cursors == [None, None, "0:2:0", "0:4:0", None]


def test_a_full_page_without_a_link_is_an_error_and_a_short_one_is_the_last() -> None:
    full = [{"id": str(number)} for number in range(100)]
    assert "no Link header" in refused(tracker("sentry"), lambda _: reply(full))
    files, _ = fetched(tracker("sentry"), lambda _: reply(full[:99]))
    assert [len(document) for document in files.values()] == [99, 99, 99]


def test_an_issue_that_stands_on_two_pages_is_landed_once() -> None:
    one = {key: value for key, value in issue(1).items() if key != "hours"}

    def answer(asked: Asked) -> Reply:
        more = "false" if "cursor" in asked.query else "true"
        link = f'<http://x/?a=1&b=2>; rel="next"; results="{more}"; cursor="0:100:0"'
        return reply([one], Link=link)

    files, _ = fetched(tracker("sentry"), answer)
    assert [len(document) for document in files.values()] == [1, 1, 1]


def test_events_that_come_late_are_asked_for_again() -> None:
    assert apis.get("sentry").windows.days_again == 2
