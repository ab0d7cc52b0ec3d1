"""Statuspage from a server on loopback: pages with a key, and public ones without."""

import msgspec
import pytest

from ingest import apis
from tests.unit.tracker_vendors import Tracker, fetched, parsed, record, refused, tracker
from tests.unit.vendor_server import reply


def public(count: int, last: int = 3) -> Tracker:
    """A public page whose newest incidents began on days up to the last one, newest first."""
    records = [record("statuspage", n, created=max(last - n // 30, 1)) for n in range(count)]
    page = tracker("statuspage", *records)
    page.account = {"name": "shop/eu"}
    return page


def test_a_list_is_read_to_its_empty_page() -> None:
    records = [record("statuspage", n, created=n) for n in (3, 2, 1)]
    _, asked = fetched(tracker("statuspage", *records))
    assert [one.query["page"] for one in asked] == ["1", "2", "3"]
    assert {one.query["limit"] for one in asked} == {"100"}


def test_a_public_page_is_read_without_a_key() -> None:
    files, [asked] = fetched(public(3))
    assert asked.path == "/api/v2/incidents.json"
    assert "authorization" not in asked.headers
    assert len(files["06-03"]) == 3
    assert len(parsed("statuspage", files["06-03"])) == 3 + 1, "and the tally"


def test_of_days_before_the_newest_fifty_nothing_is_said() -> None:
    files, _ = fetched(public(50))
    assert list(files) == ["06-02", "06-03"], "1 June may have had incidents: nobody can tell"
    files, _ = fetched(public(49))
    assert list(files) == ["06-01", "06-02", "06-03"]


def test_a_page_that_is_not_public_says_what_to_do() -> None:
    said = refused(public(3), lambda _: reply({"error": "no"}, "401 Unauthorized"))
    assert "set page_id and token_env" in said


@pytest.mark.parametrize(
    "entry",
    [
        {"page_id": "p1"},
        {"token_env": "KEY", "base_url": "https://status.example.com"},
        {},
    ],
)
def test_half_of_an_account_is_refused_when_the_settings_are_read(entry: dict[str, str]) -> None:
    options = apis.get("statuspage").options
    assert options
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"name": "shop", **entry}, options)
