"""Opsgenie from a server on loopback: a search by creation that finds later ends."""

from datetime import datetime
from zoneinfo import ZoneInfo

from ingest.apis import Window, opsgenie
from tests.unit.tracker_vendors import WINDOW, fetched, record, tracker
from tests.unit.vendor_server import Asked, Reply

FIRST = Window(WINDOW.first_day, WINDOW.last_day, WINDOW.reporting_zone, with_open=True)


def test_the_search_reaches_ninety_days_back() -> None:
    _, [asked] = fetched(tracker("opsgenie"))
    since = datetime(2026, 3, 3, tzinfo=ZoneInfo("Europe/Berlin"))
    first, after = (int(at.timestamp() * 1000) for at in (since, WINDOW.end))
    assert opsgenie.LOOKS_BACK_DAYS == 90
    assert asked.path == "/v1/incidents"
    assert asked.query["query"] == f"createdAt >= {first} AND createdAt < {after}"
    assert (asked.query["sort"], asked.query["order"]) == ("createdAt", "asc")


def test_the_next_page_is_asked_of_the_same_host() -> None:
    records = [record("opsgenie", n, created=1) for n in range(5)]
    files, asked = fetched(tracker("opsgenie", *records))
    assert [one.query["offset"] for one in asked] == ["0", "2", "4"]
    assert len(files["06-01"]) == 5


def test_an_open_incident_of_the_first_day_stands_once() -> None:
    records = [record("opsgenie", 1, created=1), record("opsgenie", 2, created=3)]
    whole = tracker("opsgenie", *records)

    def answer(asked: Asked) -> Reply:
        if "status: open" in asked.query["query"]:  # as if its clock were behind
            asked.query["query"] = asked.query["query"].replace("createdAt < 1", "createdAt < 2")
        return whole(asked)

    files, asked = fetched(whole, answer, FIRST)
    assert len(asked) == 2
    assert [[one.get("id") for one in document] for document in files.values()] == [
        ["o1"],
        [None],
        ["o2"],
    ]
