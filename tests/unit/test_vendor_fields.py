"""What is kept of a vendor's record, and what never is."""

import datetime as dt
import json
from typing import Any

import pytest

from ingest.source import Context
from ingest.vendor_fields import Stamps, extra_json, is_personal, prose, word, words

CONTEXT = Context(folder_day=dt.date(2026, 6, 30), reporting_zone="Europe/Berlin")
AT = dt.datetime(2026, 6, 30, 9, 12, tzinfo=dt.UTC)


def extra(**fields: object) -> object:
    return json.loads(extra_json(fields) or "null")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("  P1 ", "P1"),
        (7, "7"),
        (1.5, "1.5"),
        (True, None),
        (None, None),
        ("", None),
        ({"name": "checkout", "id": 3}, "checkout"),
        ({"id": 3, "type": "service"}, "3"),
        ({"self": "x"}, None),
        ([None, {}, {"value": "Sev 2"}, "x"], "Sev 2"),
        ([[["x"]]], None),
        ("build 20260630123456789", "build 20260630123456789"),
        ("Auth: web", "Auth: web"),
        ("jo@example.com", "<email>"),
        ("ghp_abcdefghijklmnop", "<token>"),
        ({"name": "jo", "emailAddress": "jo@example.com"}, None),
        ({"name": "shop", "avatarUrls": {}}, "shop"),
        ("重大", "重大"),
    ],
)
def test_a_word_is_verbatim_and_of_an_object_its_name(value: object, expected: str | None) -> None:
    assert word(value) == expected


def test_words_of_one_value_and_of_a_list() -> None:
    assert words("a") == ["a"]
    assert words([{"name": "a"}, None, "b"]) == ["a", "b"]
    assert words(None) == []


def test_prose_is_scrubbed_and_bounded() -> None:
    said = prose("mail jo@example.com, token=abc123 " + "x" * 10_000)
    assert said is not None
    assert said.startswith("mail <email>, token=<secret>")
    assert len(said) <= 500


@pytest.mark.parametrize(
    "value",
    [
        "2026-06-30T11:12:00.000+0200",
        "2026-06-30T09:12:00Z",
        "2026-06-30 09:12:00",
        1782810720,
        1782810720000,
        "1782810720",
    ],
)
def test_stamps_in_every_form_become_utc(value: object) -> None:
    assert Stamps(CONTEXT).read(value, position=1, field="at") == AT


@pytest.mark.parametrize(
    "value",
    [None, "", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", 0, "1970-01-01T00:00:00Z"],
)
def test_ways_to_say_no_time_are_no_fault(value: object) -> None:
    stamps = Stamps(CONTEXT)
    assert stamps.read(value, position=1, field="at") is None
    assert list(stamps.warnings()) == []


@pytest.mark.parametrize(
    "value",
    ["yesterday", True, {"a": 1}, [], "2026-13-01", "2026-06-30T09:12:00+51:80", 10**30, "nan"],
)
def test_unreadable_stamps_are_counted_with_the_first_place(value: object) -> None:
    stamps = Stamps(CONTEXT)
    assert stamps.read(value, position=3, field="at") is None
    assert stamps.read("also not", position=4, field="at") is None
    (warning,) = stamps.warnings()
    assert warning.reason.startswith("2 unreadable stamps; first in record 3, at: ")


@pytest.mark.parametrize(
    "name",
    [
        *("assignee", "createdBy", "deployed_by", "acknowledgedBy", "reporter", "responders"),
        *("author", "emailAddress", "phoneNumber", "ipAddress", "displayName", "customer_name"),
        *("user_id", "userName", "ownerId", "service_owner", "onCall", "on-call"),
        *("api_key", "apiKey", "accessToken", "client_secret", "password", "sessionCookie"),
    ],
)
def test_fields_that_look_personal_or_secret_are_dropped(name: str) -> None:
    assert is_personal(name, "x")
    assert extra(**{name: "x", "kept": 1}) == {"kept": 1}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ownerTeam", "payments"),
        ("affected_users", 120),
        ("user_count", 3),
        ("region", "eu"),
        ("standby", "no"),
        ("lead_time_minutes", 3),
        ("description", "x"),
    ],
)
def test_teams_and_numbers_of_users_are_kept(name: str, value: object) -> None:
    assert extra(**{name: value}) == {name: value}


def test_a_list_of_affected_users_is_not_a_number_of_users() -> None:
    assert extra(affected_users=["Jo"]) is None


def test_persons_are_known_by_their_shape_under_any_name() -> None:
    person = {"accountId": "1", "displayName": "Jo", "active": True}
    assert extra(customfield_1=person, customfield_2=[person, {"value": "EU"}], 担当=person) == {
        "customfield_2": [{"value": "EU"}]
    }
    assert extra(x={"type": "user_reference", "summary": "Jo"}, y={"type": "service", "z": 1}) == {
        "y": {"type": "service", "z": 1}
    }


def test_values_and_names_are_scrubbed_and_empty_ones_left_out() -> None:
    assert extra(
        note="ask jo@example.com",
        url="https://example.com/a?key=1",
        **{"jo@example.com": 1},
        card=4111111111111111,
        empty=[None, "", {}],
        nested={"a": {"password": "x", "b": "\x00y"}},
    ) == {
        "note": "ask <email>",
        "url": "https://example.com/a?<query>",
        "<email>": 1,
        "card": "<number>",
        "nested": {"a": {"b": "y"}},
    }


def test_extra_is_bounded_in_size_and_depth_and_in_stable_order() -> None:
    big = {f"f{n:04}": "y" * 400 for n in range(100)}
    text = extra_json(big)
    assert text is not None
    assert len(text) < 20_000
    assert json.loads(text)["fields_left_out"] > 50
    deep: Any = "end"
    for _ in range(200):
        deep = [deep]
    assert extra(deep=deep) is None
    assert extra_json({"b": 1, "a": {"d": 1, "c": 2}}) == '{"a":{"c":2,"d":1},"b":1}'
