"""What must not be written is taken out of texts, and what helps stays."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import privacy
from ingest.privacy import (
    EXCERPT_LIMIT,
    MESSAGE_LIMIT,
    excerpt,
    fingerprint,
    keyed_hash,
    looks_personal,
    scrub,
)


@pytest.mark.parametrize(
    ("text", "needle"),
    [
        ("mail to ada.lovelace@example.com failed", "lovelace"),
        ("ada%40example.com", "ada"),
        ("müller@example.test is taken", "müller"),
        ("password=hunter2", "hunter2"),
        ("password: 'hunter 2'", "hunter"),
        ('{"user": "x", "password": "hunter 2"}', "hunter"),
        ("DB_PASSWORD=hunter2 make", "hunter2"),
        ("passphrase = hunter2", "hunter2"),
        ("client_secret=abc123", "abc123"),
        ("AWS_SECRET_ACCESS_KEY=abc/def", "abc/def"),
        ("X-Api-Key: 12ab", "12ab"),
        ("api_key=demo-key-7781", "7781"),
        ("otp: 123456", "123456"),
        ("Authorization: Bearer demo.4f9d2a7c31e8b650", "4f9d"),
        ("authorization: Digest username=ada, response=6629f", "6629f"),
        ("sent Bearer 4f9d2a7c31e8b650 again", "4f9d"),
        ("Cookie: sid=1; theme=dark; uid=77\nnext", "uid"),
        ("Set-Cookie: sid=31d4d96e407aad42; Path=/", "31d4"),
        ("https://ada:hunter2@example.com/x", "hunter2"),
        ("postgres://ada:hunter2@db/x", "hunter2"),
        ("GET /a?email=ada%40example.com&x=1 HTTP/1.1", "example"),
        ("GET /a?reset=17 HTTP/1.1", "17"),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln was refused", "eyJ"),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "16C7"),
        ("AKIAIOSFODNN7EXAMPLE", "IOSFOD"),
        ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "4eC3"),
        ("glpat-abcdefghij0123456789", "abcdefg"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "MIIE"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE cut off", "MIIE"),
        ("Card 4111 1111 1111 1111 is refused", "1111"),
        ("card 4111-1111-1111-1111", "1111"),
        ("DE89 3704 0044 0532 0130 00", "0044"),
        ("call +49 170 1234567 now", "1234567"),
        ("from 203.0.113.77 port 22", "203"),
        ("from 2001:db8::7:1 port 22", "db8"),
    ],
)
def test_personal_data_and_secrets_go(text: str, needle: str) -> None:
    assert needle not in scrub(text)
    assert needle not in excerpt(text)


@pytest.mark.parametrize(
    "text",
    [
        "AssertionError: expected 5 passed, got 3 passed: 2 failed",
        "Unexpected token < in JSON at position 0",
        "TypeError: token is None",
        "at checkout.spec.ts:41:17",
        "design: compass, author: unknown",
        "connect to 127.0.0.1:5432 and 10.1.2.3 and 192.168.1.5 refused",
        "Chrome/138.0.0.0 Safari/537.36",
        "std::vector at 12:34:56.789",
        "[30/Jun/2026:12:00:00 +0200] GET /orders/4711/items",
        "order 4711 of 2026-06-30 has 3 items?",
        "Why? Because = is not ==",
        "a\n\tb",
    ],
)
def test_what_helps_to_find_the_place_stays(text: str) -> None:
    assert scrub(text) == text


def test_texts_are_cut_and_printable() -> None:
    assert len(scrub("x" * 10_000)) == MESSAGE_LIMIT
    assert len(excerpt("word " * 10_000)) == EXCERPT_LIMIT
    assert excerpt("a\n b\t\tc") == "a b c"
    assert scrub("\x1b[31mred\x1b[0m\x00\x07") == "red"
    assert scrub("half a pair: \ud800") == "half a pair: ?"


@settings(deadline=None, max_examples=200)
@given(text=st.text(max_size=300))
def test_any_text_can_be_stored(text: str) -> None:
    assert len(scrub(text, 50)) <= 50
    scrub(text).encode()
    excerpt(text).encode()
    assert "\n" not in excerpt(text)


@pytest.mark.parametrize(
    "piece",
    ["a", "a-", "a.", "a@", "1 ", "a_secret", "x://", "?a", "+1 ", "eyJ", "1.1.", "a:", "AB12 ",
     "pass-", 'token:"', "-----BEGIN PRIVATE KEY-----", "%40", "bearer ", "Cookie: ", "'\"", "/a"],
)  # fmt: skip
def test_a_hostile_megabyte_costs_milliseconds(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    started = time.process_time()
    scrub(text)
    excerpt(text)
    fingerprint(text)
    looks_personal(text[:1000], text)
    assert time.process_time() - started < 0.5


def test_ids_are_hashed_under_a_key() -> None:
    first = keyed_hash("ada@example.com", b"one")
    assert first is not None
    assert len(first) == 16
    assert first == keyed_hash("ada@example.com", b"one")
    assert first != keyed_hash("ada@example.com", b"two")
    assert first != keyed_hash("bob@example.com", b"one")
    assert keyed_hash("ada@example.com", b"") is None
    assert keyed_hash("", b"one") is None
    assert keyed_hash("\ud800", b"one") is not None


def test_equal_causes_have_equal_fingerprints() -> None:
    one = "TimeoutError: 5000 ms at /srv/ci/build/12/test_a.py line 7 of 0x7f3a"
    two = "TimeoutError: 5001 ms at /srv/x/test_a.py line 9 of 0x11"
    assert fingerprint(one) == fingerprint(two)
    assert fingerprint(one) != fingerprint("KeyError: 5000 ms")


@pytest.mark.parametrize(
    "appended",
    [
        "2026-06-20 10:00:00 INFO paying order",
        "[2026-06-20T10:00:00Z] paying order",
        "10:00:00.123 retrying",
        "INFO paying order",
        "[ERROR] no answer from the provider",
        "    at Payment.pay (/srv/shop/pay.js:12:3)",
        "\tat shop.Payment.pay(Payment.java:12)",
        'Traceback (most recent call last):\n  File "pay.py"',
        "Call log:\n  - waiting for getByText('paid')",
        "---- Captured stdout ----\npaying",
    ],
)
def test_a_log_or_stack_behind_a_message_is_no_part_of_its_fingerprint(appended: str) -> None:
    said = "Error: expect(locator).toBeVisible()\n\nLocator: getByText('paid')"
    assert fingerprint(f"{said}\n{appended}") == fingerprint(said)
    for told in ("Received: hidden", "Caused by: java.net.SocketTimeoutException: connect"):
        assert fingerprint(f"{said}\n{told}") != fingerprint(said)
    assert fingerprint(appended) != fingerprint(""), "alone it is the message"


@pytest.mark.parametrize(
    "name",
    ["email", "$email", "userEmail", "E-Mail", "Customer Name", "first_name", "lastName",
     "name", "$name", "Phone Number", "phone", "ip", "shipping_address", "zip", "date_of_birth"],
)  # fmt: skip
def test_names_of_personal_properties(name: str) -> None:
    assert looks_personal(name)


@pytest.mark.parametrize(
    "name",
    ["plan", "Plan Name", "event_name", "product_name", "page", "$os", "recipient_count", "tip",
     "Cart Size (# of Items)", "Marketing A/B Test", "experiment", "$browser", "description"],
)  # fmt: skip
def test_names_of_other_properties(name: str) -> None:
    assert not looks_personal(name)


@pytest.mark.parametrize(
    ("value", "personal"),
    [
        ("ada@example.com", True),
        ("contact: ada%40example.com", True),
        ("+49 170 1234567", True),
        ("4111111111111111", True),
        ("DE89370400440532013000", True),
        ("business", False),
        ("2026-06-30T12:00:00Z", False),
        ("sticky_bar", False),
        ("12.5", False),
    ],
)
def test_values_of_personal_properties(value: str, personal: bool) -> None:
    assert looks_personal("detail", value) is personal


_PIECES = st.sampled_from(
    [
        "password: ", "token =\n abc", "Authorization: Basic dXNlcjpwYXNz\n", "Bearer\nabcdefghijkl",
        "pin\n\n:\n3", "cookie\n=\n x", "a@b.example", "4111 1111 1111 1111", "DE89370400440532013000",
        "8.8.8.8", "fe80::1", "http://u:p@h/", "?q=1&x=2", "\tat com.x.Y(Y.java:12)", "\n", "\r\n", " ",
        '"', "sk_live_0123456789ab", "eyJabcdefgh.ijklmnopq", "+49 170 1234567", "design", "é", "A.",
        "-----BEGIN RSA PRIVATE KEY-----\nabc", "-----END RSA PRIVATE KEY-----", "session_id", "12.5",
    ]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=9).map("".join))
def test_looking_line_by_line_first_lets_nothing_through(text: str) -> None:
    assert scrub(text) == privacy._scrubbed(privacy._printable(text))
