"""Every tracker's live interface: whole days or a clear error, and late ends are found.

linear, pagerduty, statuspage, opsgenie, sentry.
"""

import json
from datetime import date, timedelta

import pytest

from ingest import apis
from ingest.apis import Window
from tests.unit.tracker_vendors import (
    ALL,
    WINDOW,
    Tracker,
    at,
    fetched,
    parsed,
    record,
    refused,
    tracker,
)
from tests.unit.vendor_server import Asked, Reply, reply, zipped

ENDING = ("linear", "pagerduty", "statuspage", "opsgenie")
"""Those whose records end."""


def filled(name: str) -> Tracker:
    """Records of three days, of which one page holds two."""
    records = [record(name, number, created=number) for number in (1, 2, 3)]
    for number, one in enumerate(records, 1):
        if name == "sentry":
            one["hours"] = [(at(number), 2)]
    return tracker(name, *records)


def asks_of(name: str) -> int:
    """How many requests a whole fetch of `filled` takes."""
    return len(fetched(filled(name))[1])


@pytest.mark.parametrize("name", ALL)
def test_each_day_has_a_document_that_the_parser_reads(name: str) -> None:
    files, _ = fetched(filled(name))
    assert list(files) == ["06-01", "06-02", "06-03"]
    for number, document in enumerate(files.values(), 1):
        rows = [item for item in parsed(name, document) if hasattr(item, "TABLE")]
        assert [row.day for row in rows] == [date(2026, 6, number)], name
        assert len(document) == 1


@pytest.mark.parametrize("name", ALL)
def test_a_day_without_records_says_so_and_the_parser_reads_it(name: str) -> None:
    files, _ = fetched(tracker(name))
    for document in files.values():
        assert len(document) == 1
        assert not [item for item in parsed(name, document) if hasattr(item, "TABLE")]


@pytest.mark.parametrize("name", ALL)
def test_a_record_is_one_line_however_the_vendor_writes_it(name: str) -> None:
    whole = filled(name)

    def spread(asked: Asked) -> Reply:
        head, _, body = whole(asked).partition(b"\r\n\r\n")
        kept = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
        return b"\r\n".join(kept) + b"\r\n\r\n" + json.dumps(json.loads(body), indent=2).encode()

    assert fetched(whole, spread)[0] == fetched(whole)[0]


BAD = [
    (reply({"message": f"{'s3cret-t0ken'} expired"}, "401 Unauthorized"), "TRACKER_TOKEN"),
    (reply({"message": "not yours"}, "403 Forbidden"), "TRACKER_TOKEN"),
    (reply({"message": "boom"}, "500 Internal Server Error"), "given up after 5 attempts"),
    (reply({"message": "slow down"}, "429 Too Many Requests", Retry_After="7200"), "7,200 s"),
    (reply(b"<html>Log in</html>", Content_Type="text/html"), "Log in"),
    (reply(b'{"data": [', Content_Type="application/json"), "not what was expected"),
    (reply(b"[[[[", Content_Type="application/json"), "not what was expected"),
    (reply("x"), "not what was expected"),
    (reply(b'{"a": 1}', Content_Type="application/json", Content_Length="99"), "broke off"),
    (zipped(b'{"data": []}', cut=5, Content_Type="application/json"), "broke off"),
    (reply(b"[" * 100_000, Content_Type="application/json"), "not what was expected"),
]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("answer", "said"), BAD)
def test_what_is_not_whole_is_refused_whole(name: str, answer: bytes, said: str) -> None:
    assert said in refused(filled(name), lambda _: answer)


@pytest.mark.parametrize("name", ALL)
def test_a_failure_of_any_request_leaves_nothing(name: str) -> None:
    for broken in range(asks_of(name)):
        whole, count = filled(name), iter(range(1000))

        def answer(asked: Asked, whole=whole, count=count, broken=broken) -> Reply:
            if next(count) == broken:
                return reply({"message": "no"}, "400 Bad Request")
            return whole(asked)

        assert "answered 400" in refused(whole, answer)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("status", ["429 Too Many Requests", "420 Calm", "503 Unavailable"])
def test_a_busy_vendor_is_asked_again(name: str, status: str) -> None:
    whole, count = filled(name), iter(range(1000))

    def answer(asked: Asked) -> Reply:
        if next(count) % 2 == 0:
            return reply({"message": "busy"}, status, Retry_After="1")
        return whole(asked)

    assert fetched(whole, answer)[0] == fetched(whole)[0]


@pytest.mark.parametrize("name", ALL)
def test_a_page_that_comes_again_and_again_is_an_error(name: str) -> None:
    whole = filled(name)
    whole.page = 1
    first: list[Reply] = []
    names = {"linear": '"after"', "sentry": "cursor"}

    def answer(asked: Asked) -> Reply:
        if name == "pagerduty":
            return reply({asked.path[1:]: whole.records, "more": True})
        if name == "linear":
            return whole(Asked(**{**vars(asked), "body": _from_start(asked)}))
        asked.query.pop(names.get(name, ""), None)
        asked.query.update({"offset": "0", "page": "1"})
        first.append(whole(asked))
        return first[0].replace(b'results="false"', b'results="true"')

    if name == "sentry":
        whole.records = [{**one, "hours": [(at(1), 1)]} for one in whole.records]
    assert "the same page again and again" in refused(whole, answer)


def _from_start(asked: Asked) -> bytes:
    variables = {**asked.json["variables"], "after": None}
    return json.dumps({**asked.json, "variables": variables}).encode()


@pytest.mark.parametrize("name", ALL)
def test_wrong_types_are_refused_and_never_break_anything(name: str) -> None:
    for odd in (None, 7, "x", [], {}, [None], [7], [[]], {"id": 7}, {"data": 7}, {"incidents": 7}):
        refused_or_empty(filled(name), reply(odd))
    for odd in ({"id": None}, {"id": 7}, 7, None, [], "x"):
        answers = (
            {"data": {"issues": {"nodes": [odd], "pageInfo": {}}}},
            {"incidents": [odd], "log_entries": [odd]},
            {"data": [odd]},
            [odd],
        )
        for answer in answers:
            refused_or_empty(filled(name), reply(answer))


def refused_or_empty(whole: Tracker, answer: bytes) -> None:
    try:
        files, _ = fetched(whole, lambda _: answer)
    except apis.ApiError:
        return
    for document in files.values():  # an empty list of another shape: nothing was made of it
        assert not [item for item in parsed(whole.name, document) if hasattr(item, "TABLE")]


@pytest.mark.parametrize("name", ENDING)
def test_an_end_that_comes_weeks_later_stands_in_the_document_of_its_day(name: str) -> None:
    whole = tracker(name, record(name, 1, created=1))
    before, _ = fetched(whole)
    assert before["06-01"]
    whole.records = [record(name, 1, created=1, ended=35)]
    late = Window(date(2026, 7, 4), date(2026, 7, 5), "Europe/Berlin")
    files, _ = fetched(whole, window=late)
    rows = [i for i in parsed(name, files["07-05"], late.last_day) if hasattr(i, "TABLE")]
    assert [row.resolved_at.date() for row in rows] == [date(2026, 7, 5)]
    assert not [i for i in parsed(name, files["07-04"]) if hasattr(i, "TABLE")]


@pytest.mark.parametrize("name", ENDING)
def test_what_is_open_when_the_workspace_begins_stands_in_its_first_day(name: str) -> None:
    old = [record(name, 1, created=1), record(name, 2, created=1, ended=2)]
    window = Window(date(2026, 6, 10), date(2026, 6, 11), "Europe/Berlin")
    files, _ = fetched(tracker(name, *old), window=window)
    assert not any(i for d in files.values() for i in parsed(name, d) if hasattr(i, "TABLE"))
    first = Window(*list(vars(window).values())[:3], with_open=True)
    files, _ = fetched(tracker(name, *old), window=first)
    rows = [i for i in parsed(name, files["06-10"]) if hasattr(i, "TABLE")]
    assert len(rows) == 1
    assert rows[0].resolved_at is None
    assert not [i for i in parsed(name, files["06-11"]) if hasattr(i, "TABLE")]


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_asked_for_that_would_change_anything(name: str) -> None:
    _, asked = fetched(filled(name))
    assert {one.method for one in asked} == ({"POST"} if name == "linear" else {"GET"})
    if name == "linear":
        assert all(one.json["query"].startswith("query ") for one in asked)


@pytest.mark.parametrize("name", ALL)
def test_the_key_stands_in_the_vendors_own_header(name: str) -> None:
    _, [asked, *_] = fetched(filled(name))
    assert (
        asked.headers["authorization"]
        == {
            "linear": "s3cret-t0ken",
            "pagerduty": "Token token=s3cret-t0ken",
            "statuspage": "OAuth s3cret-t0ken",
            "opsgenie": "GenieKey s3cret-t0ken",
            "sentry": "Bearer s3cret-t0ken",
        }[name]
    )


def test_days_are_those_of_the_reporting_zone() -> None:
    for name in ENDING:
        late = record(name, 1, created=1)
        text = json.dumps(late).replace(at(1), at(1, 23))  # an hour after midnight in Berlin
        files, _ = fetched(tracker(name, json.loads(text)))
        assert [len(i) and "id" in i[0] for i in files.values()] == [False, True, False], name


def test_windows_are_split_and_only_the_first_holds_what_was_open() -> None:
    whole = Window(WINDOW.first_day, WINDOW.first_day + timedelta(days=99), "UTC", with_open=True)
    spans = list(apis.get("linear").windows.split(whole))
    assert [span.with_open for span in spans] == [True, False, False, False]
