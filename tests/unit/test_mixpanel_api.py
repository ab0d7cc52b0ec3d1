"""Mixpanel's raw export from a server on loopback: whole days, or a clear error."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from ingest import apis
from ingest.apis import Access, ApiError, Landed, Window
from tests.unit.vendor_server import Asked, Reply, Vendor, in_turn, reply, zipped

API = apis.get("mixpanel")
WINDOW = Window(date(2026, 6, 1), date(2026, 6, 3), "Europe/Berlin")
ACCOUNT = {
    "name": "shop",
    "project_id": 42,
    "username_env": "SHOP_USER",
    "secret_env": "SHOP_SECRET",
    "username": "robot.42",
    "secret": "s3cret",
}


def event(day: int, name: str = "Checkout", hour: int = 12) -> bytes:
    seconds = int(datetime(2026, 6, day, hour, tzinfo=UTC).timestamp())
    line = {"event": name, "properties": {"time": seconds, "distinct_id": "u"}}
    return json.dumps(line).encode() + b"\n"


EVENTS = event(3) + event(1) + event(1, "Bücher\u2028öffnen") + event(1, hour=23)


def fetched(answer: Callable[[Asked], Reply], **more: object) -> tuple[dict[str, bytes], Asked]:
    with Vendor(answer) as vendor:
        entry = {**ACCOUNT, "base_url": vendor.url, **more}
        found = {}
        for one in API.fetch(entry, WINDOW, Access(sleep=lambda _: None)):
            content = one.content if isinstance(one.content, bytes) else one.content.read()
            found[f"{one.day}/{one.name}"] = gzip.decompress(content)
        return found, vendor.asked[0]


def refused(answer: Callable[[Asked], Reply]) -> str:
    files: list[Landed] = []
    with Vendor(answer) as vendor:
        entry = {**ACCOUNT, "base_url": vendor.url}
        coming = API.fetch(entry, WINDOW, Access(sleep=lambda _: None))
        with pytest.raises(ApiError) as error:
            files.extend(coming)
    assert not files, "a part of a broken export was given out"
    assert "s3cret" not in str(error.value)
    return str(error.value)


def test_a_range_becomes_a_file_for_each_day_those_without_events_too() -> None:
    files, asked = fetched(lambda _: zipped(EVENTS, Content_Type="text/plain"))
    assert list(files) == [f"2026-06-0{n}/shop.ndjson.gz" for n in (1, 2, 3)]
    assert files["2026-06-01/shop.ndjson.gz"] == event(1) + event(1, "Bücher\u2028öffnen") + event(
        1, hour=23
    )
    assert files["2026-06-02/shop.ndjson.gz"] == b""
    assert files["2026-06-03/shop.ndjson.gz"] == event(3)
    assert asked.path == "/api/2.0/export"
    assert asked.query == {"from_date": "2026-06-01", "to_date": "2026-06-03", "project_id": "42"}
    assert asked.headers["authorization"] == "Basic cm9ib3QuNDI6czNjcmV0"


def test_only_the_named_events_are_asked_for() -> None:
    _, asked = fetched(lambda _: reply(b"", Content_Type="text/plain"), events=["A", "B"])
    assert asked.query["event"] == '["A","B"]'


def test_the_same_events_give_the_same_bytes() -> None:
    def packed() -> list[bytes]:
        with Vendor(lambda _: reply(EVENTS, Content_Type="text/plain")) as vendor:
            entry = {**ACCOUNT, "base_url": vendor.url}
            return [one.content.read() for one in API.fetch(entry, WINDOW, Access())]

    assert packed() == packed()


def test_nothing_is_lost_that_cannot_be_read_or_lies_outside() -> None:
    odd = event(1) + b"{broken\n" + event(28) + b'{"event": "x", "properties": {"time": 1e300}}\n'
    files, _ = fetched(lambda _: reply(odd, Content_Type="text/plain"))
    assert sum(content.count(b"\n") for content in files.values()) == 4
    assert b"{broken" in files["2026-06-01/shop.ndjson.gz"]
    assert event(28) in files["2026-06-03/shop.ndjson.gz"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (EVENTS + b"terminated early\n", "ended the export early"),
        (EVENTS + b'"terminated early"', "ended the export early"),
        (EVENTS[:-5], "ends inside a line"),
        (b"terminated early", "ended the export early"),
        (b"OK\n", "that is no export of Mixpanel: OK; check base_url (asked: http://127.0.0.1:"),
        (b'{"error": "Unable to authenticate bob@example.com"}\n', "with an error: Unable to"),
    ],
)
def test_an_export_that_is_not_whole_is_refused_whole(body: bytes, said: str) -> None:
    message = refused(lambda _: reply(body, Content_Type="text/plain"))
    assert said in message
    assert "bob@example.com" not in message


def test_a_cut_gzip_is_asked_for_again() -> None:
    whole, cut = (zipped(EVENTS, n, Content_Type="text/plain") for n in (0, 9))
    files, _ = fetched(in_turn(cut, reply(b"", "429 Too Many Requests"), whole))
    assert sum(content.count(b"\n") for content in files.values()) == 4


def test_refused_credentials_name_the_variables_and_the_region() -> None:
    message = refused(lambda _: reply({"error": "Unauthorized"}, "401 Unauthorized"))
    assert "SHOP_USER and SHOP_SECRET" in message
    assert "project 42" in message
