"""Amplitude: what the golden cases cannot show, and its export from a server on loopback."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from ingest import apis, sources
from ingest.apis import Access, ApiError, Window
from ingest.source import FormatError
from tests.unit.usage_support import read
from tests.unit.vendor_server import Asked, Reply, Vendor, in_turn, reply

SOURCE, API = sources.get("amplitude"), apis.get("amplitude")
WINDOW = Window(date(2026, 6, 29), date(2026, 6, 30))


def event(number: int) -> bytes:
    line = {
        "event_type": "Login",
        "event_time": f"2026-06-30 10:00:{number % 60:02}.000000",
        "uuid": str(number),
        "user_id": f"u{number % 5}",
    }
    return json.dumps(line).encode() + b"\n"


def archive(*members: bytes, cut: int = 0) -> bytes:
    """A zip as Amplitude makes it: a gzip file per hour, each perhaps cut short."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as found:
        for hour, content in enumerate(members):
            packed = gzip.compress(content)
            found.writestr(f"4711/4711_2026-06-30_{hour}#0.json.gz", packed[: len(packed) - cut])
    return out.getvalue()


def test_the_hours_of_a_zip_are_one_export(tmp_path: Path) -> None:
    hours = [b"".join(map(event, range(n, n + 50))) for n in (0, 40, 90)]
    place = tmp_path / "shop.zip"
    place.write_bytes(archive(*hours))
    found = read(SOURCE, place, hash_key=b"k")
    found.check_accounting()
    assert found.tally["read"] == 150
    assert found.tally["duplicate"] == 10
    [row] = found.requests
    assert (row["event"], row["count"], row["users"]) == ("Login", 140, 5)


def test_numbers_of_rejects_go_on_from_member_to_member(tmp_path: Path) -> None:
    place = tmp_path / "shop.zip"
    place.write_bytes(archive(event(1) + event(2), event(3) + b"{}\n"))
    assert [reject.position for reject in read(SOURCE, place).rejects] == [4]


def test_an_empty_zip_is_a_day_without_events(tmp_path: Path) -> None:
    place = tmp_path / "shop.zip"
    place.write_bytes(archive())
    assert read(SOURCE, place).requests == []


@pytest.mark.parametrize("cut", [1, 8, 15])
def test_a_cut_member_spoils_the_whole(tmp_path: Path, cut: int) -> None:
    place = tmp_path / "shop.zip"
    place.write_bytes(archive(event(1) * 200, event(2) * 300, cut=cut))
    with pytest.raises(FormatError):
        read(SOURCE, place)


def test_a_zip_that_claims_to_be_small_is_stopped_at_its_limit(tmp_path: Path) -> None:
    place = tmp_path / "shop.zip"
    with zipfile.ZipFile(place, "w") as found:
        found.writestr("../../etc/passwd", event(1))
    with pytest.raises(FormatError, match="leads out of the bundle"):
        read(SOURCE, place)


def fetched(answer: Callable[[Asked], Reply]) -> tuple[dict[str, bytes], list[Asked]]:
    with Vendor(answer) as vendor:
        entry = {
            "name": "shop",
            "key_env": "K",
            "secret_env": "S",
            "key": "key-value",
            "secret": "secret-value",
            "base_url": vendor.url,
        }
        found = {}
        for one in API.fetch(entry, WINDOW, Access(sleep=lambda _: None)):
            content = one.content if isinstance(one.content, bytes) else one.content.read()
            found[f"{one.day}/{one.name}"] = content
        return found, vendor.asked


def test_each_day_lands_as_the_zip_that_came_one_without_events_as_an_empty_one(
    tmp_path: Path,
) -> None:
    whole = archive(event(1))
    none = reply(b"no data", "404 Not Found")
    files, asked = fetched(in_turn(none, reply(whole, Content_Type="application/zip")))
    assert list(files) == ["2026-06-29/shop.zip", "2026-06-30/shop.zip"]
    assert files["2026-06-30/shop.zip"] == whole
    assert asked[0].path == "/api/2/export"
    assert asked[0].query == {"start": "20260629T00", "end": "20260629T23"}
    (tmp_path / "x.zip").write_bytes(files["2026-06-29/shop.zip"])
    assert read(SOURCE, tmp_path / "x.zip").requests == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (reply(archive(event(1))[:-5], Content_Type="application/zip"), "no whole zip"),
        (reply(b"too much", "400 Bad Request"), "answered 400: too much"),
        (reply(b"<html>", Content_Type="text/html"), "not zip"),
        (reply(b"bad key-value", "403 Forbidden"), "the keys in K and S"),
    ],
)
def test_an_answer_that_is_no_whole_zip_is_refused(answer: bytes, said: str) -> None:
    with pytest.raises(ApiError) as error:
        fetched(lambda _: answer)
    assert said in str(error.value)
    assert "key-value" not in str(error.value)


def test_events_without_consent_leave_nothing_whether_the_event_says_it_or_the_user(
    tmp_path: Path,
) -> None:
    given = [{"event_properties": {"consent": True}}, {"user_properties": {"consent": "granted"}}]
    refused: list[dict[str, object]] = [
        {},
        {"event_properties": {"consent": False}},
        {"user_properties": {"consent": "no"}},
        # What the event says counts before what is known of the user.
        {"event_properties": {"consent": False}, "user_properties": {"consent": True}},
    ]
    lines = [
        {**json.loads(event(number)), **more, "city": "Turin"}
        for number, more in enumerate((*given, *refused))
    ]
    place = tmp_path / "shop.json"
    place.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = read(SOURCE, place, options={"consent_property": "consent"})
    found.check_accounting()
    assert (found.tally["user"], found.tally["dropped"]) == (2, 4)
    assert found.counted("event") == {"Login": 2}


def test_what_is_known_of_a_use_is_kept_as_dimensions(tmp_path: Path) -> None:
    line = {
        **json.loads(event(1)),
        "platform": "iOS",
        "os_name": "ios",
        "device_family": "Apple iPhone",
        "version_name": "5.2",
        "language": "German",
        "user_properties": {"plan": "pro", "persona": "shopper"},
        "event_properties": {"variant": "sticky_bar"},
    }
    place = tmp_path / "shop.json"
    place.write_text(json.dumps(line) + "\n")
    names = ("platform", "device", "version", "locale", "tier", "persona", "experiment")
    assert list(read(SOURCE, place).counted(*names)) == [
        ("ios", "mobile", "5.2", "German", "pro", "shopper", "sticky_bar")
    ]
    flags = {"experiment": ["new_checkout"], "tier": "plan"}
    line["event_properties"] = {"new_checkout": True}
    place.write_text(json.dumps(line) + "\n")
    assert list(
        read(SOURCE, place, options={"dimensions": flags}).counted("experiment", "tier")
    ) == [("true", "pro")]
