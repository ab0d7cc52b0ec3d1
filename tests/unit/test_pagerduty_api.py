"""PagerDuty from a server on loopback: spans in halves, and what happened after an incident's day."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from ingest.apis import Window, pagerduty
from tests.unit.tracker_vendors import (
    WINDOW,
    Tracker,
    at,
    fetched,
    parsed,
    record,
    refused,
    tracker,
)
from tests.unit.vendor_server import Asked, Reply, reply


def account() -> Tracker:
    return tracker("pagerduty", *(record("pagerduty", n, created=n) for n in (1, 2, 3)))


def test_all_states_are_asked_for_between_instants_of_utc() -> None:
    whole = account()
    whole.account["team_ids"] = ["T1"]
    _, asked = fetched(whole)
    log, incidents = asked
    assert (log.path, incidents.path) == ("/log_entries", "/incidents")
    for one in asked:
        assert (one.query["since"], one.query["until"]) == (
            "2026-05-31T22:00:00Z",
            "2026-06-03T22:00:00Z",
        )
        assert one.query["team_ids[]"] == "T1"
        assert one.headers["accept"] == "application/vnd.pagerduty+json;version=2"
    assert incidents.query["statuses[]"] == "resolved", "the last of three"
    assert log.query["is_overview"] == "true"


def test_an_incident_stands_on_its_day_and_on_each_day_something_happened_to_it() -> None:
    whole = tracker("pagerduty", record("pagerduty", 1, created=1, ended=3))
    files, asked = fetched(whole)
    assert [[i.get("id") for i in document] for document in files.values()] == [
        ["P1"],
        [None],
        ["P1"],
    ]
    assert len(asked) == 2, "it was in the list: nobody asked for it by itself"
    [row] = parsed("pagerduty", files["06-03"])
    assert (row.detected_at.day, row.resolved_at.day) == (1, 3)


def test_an_older_incident_that_cannot_be_seen_is_left_out() -> None:
    whole = account()

    def answer(asked: Asked) -> Reply:
        if asked.path == "/log_entries":
            gone = {"id": "L9", "created_at": at(2), "incident": {"id": "P/9"}}
            return reply({"log_entries": [gone, {"id": "L10"}], "more": False})
        return whole(asked)

    files, asked = fetched(whole, answer)
    assert [len(document) for document in files.values()] == [1, 1, 1]
    assert asked[-1].path == "/incidents/P%2F9"


def test_a_span_of_more_records_than_are_listed_is_read_in_halves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert pagerduty._REACH == 10_000
    monkeypatch.setattr(pagerduty, "_REACH", 500)
    begin = datetime.fromisoformat("2026-05-31T22:00:00+00:00")
    many = []
    for number in range(605):
        stamp = (begin + timedelta(minutes=5 * number)).isoformat()
        stamps = {"created_at": stamp, "last_status_change_at": stamp}
        many.append({**record("pagerduty", number, created=1), **stamps})
    files, asked = fetched(tracker("pagerduty", *many))
    found = [incident["id"] for document in files.values() for incident in document]
    assert len(found) == len(set(found)) == len(many)
    reach = max(int(one.query["offset"]) + int(one.query["limit"]) for one in asked)
    assert reach == 500, "what lies beyond is refused by PagerDuty"
    assert not any(one.path.startswith("/incidents/") for one in asked)


def endless(asked: Asked) -> Reply:
    """More than ten thousand in every second."""
    offset = int(asked.query["offset"])
    page = [{"id": f"{asked.query.get('since')}{offset + n}"} for n in range(100)]
    return reply({asked.path[1:]: page, "more": True})


def test_what_is_too_much_for_any_span_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagerduty, "_REACH", 300)
    monkeypatch.setattr(pagerduty, "_SHORTEST", timedelta(hours=20))
    assert "narrow it by team_ids" in refused(account(), endless)


@pytest.mark.parametrize(
    "answer",
    [{"error": {"message": "x"}}, {"incidents": []}, {"log_entries": None}, {"more": True}],
)
def test_an_answer_without_its_list_is_an_error(answer: Any) -> None:
    assert "answered without" in refused(account(), lambda _: reply(answer))


def test_an_open_incident_whose_time_cannot_be_read_is_landed_for_the_parser_to_refuse() -> None:
    odd = {**record("pagerduty", 8, created=1), "created_at": "soon"}

    def answer(asked: Asked) -> Reply:
        found = [odd] if asked.query.get("date_range") == "all" else []
        return reply({asked.path[1:]: found, "more": False})

    first = Window(WINDOW.first_day, WINDOW.last_day, with_open=True)
    files, _ = fetched(account(), answer, first)
    assert files["06-01"] == [odd]
    assert [type(item).__name__ for item in parsed("pagerduty", [odd])] == ["Reject", "Warn"]
