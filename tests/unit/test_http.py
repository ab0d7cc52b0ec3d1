"""Answers of real servers on loopback: whole, or a clear error, whatever a vendor or a network does."""

import gzip
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from ingest import http, http_answers
from ingest.apis import Access, ApiError, GoneError, TooLargeError
from ingest.http import Http
from tests.unit.vendor_server import Asked, Reply, Vendor, in_turn, reply, zipped

TEXT = b'{"a": 1}\n' * 5000
JSON = {"Content_Type": "application/json"}
OK = reply({"ok": True})


class Waits(list[float]):
    """Waits that a test does not wait for."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def asked(
    answer: Callable[[Asked], Reply], *, may_move: bool = False, **options: object
) -> tuple[bytes, Waits, list[Asked]]:
    waits = Waits()
    with Vendor(answer) as vendor:
        client = Http(vendor.url, Access(sleep=waits), **options)
        with client.get("/export", params={"day": "2026-06-30"}, may_move=may_move) as found:
            return found.read(), waits, vendor.asked


def refused(answer: Callable[[Asked], Reply], **options: object) -> tuple[str, Waits]:
    waits = Waits()
    with Vendor(answer) as vendor:
        client = Http(vendor.url, Access(sleep=waits), **options)
        with pytest.raises(ApiError) as error, client.get("/export", params={"key": "s3cret"}):
            pytest.fail("a broken answer was given out")
    assert "s3cret" not in str(error.value)
    return str(error.value), waits


def test_a_whole_answer_comes_as_it_is() -> None:
    body, waits, [one] = asked(lambda _: reply(TEXT, **JSON), auth=("user", "secret"))
    assert body == TEXT
    assert waits == []
    assert (one.method, one.path, one.query) == ("GET", "/export", {"day": "2026-06-30"})
    assert one.headers["authorization"].startswith("Basic ")
    assert one.headers["accept-encoding"] == "gzip"


def test_a_gzip_answer_comes_plain_also_in_two_members() -> None:
    assert asked(lambda _: zipped(TEXT, **JSON))[0] == TEXT
    two = gzip.compress(TEXT) + gzip.compress(b"{}\n")
    found = asked(lambda _: reply(two, Content_Encoding="gzip", **JSON))[0]
    assert found == TEXT + b"{}\n"


def test_429_is_asked_again_after_the_time_the_vendor_names() -> None:
    busy = reply(b"slow down", "429 Too Many Requests", Retry_After="7")
    body, waits, requests = asked(in_turn(busy, busy, OK))
    assert body == b'{"ok": true}'
    assert len(requests) == 3
    assert all(7 <= pause <= 8 for pause in waits)


def test_a_date_in_retry_after_is_read_by_the_vendors_own_clock() -> None:
    later = reply(
        b"",
        "503 Service Unavailable",
        Date="Tue, 30 Jun 2026 10:00:00 GMT",
        Retry_After="Tue, 30 Jun 2026 10:00:30 GMT",
    )
    _, [pause], _ = asked(in_turn(later, OK))
    assert 30 <= pause <= 31


def test_who_asks_to_wait_for_hours_is_not_waited_for() -> None:
    message, waits = refused(lambda _: reply(b"", "429 Too Many Requests", Retry_After="3600"))
    assert "come again in 3,600 s" in message
    assert waits == []


def test_a_server_error_is_tried_five_times_with_growing_pauses() -> None:
    message, waits = refused(lambda _: reply(b"<html>ops@example.com broke</html>", "500 Oops"))
    assert "answered 500: <email> broke (given up after 5 attempts)" in message
    assert len(waits) == 4
    assert waits[3] > waits[0]
    assert [2**n * 0.5 <= pause <= 2**n * 1.5 for n, pause in enumerate(waits, 1)] == [True] * 4


@pytest.mark.parametrize("cut", [1, 8, 20, 60])
def test_a_gzip_answer_that_is_cut_is_never_taken_for_whole(cut: int) -> None:
    broken = zipped(TEXT, cut, **JSON)
    assert asked(in_turn(broken, zipped(TEXT, **JSON)))[0] == TEXT
    assert "broke off" in refused(lambda _: broken)[0]


def test_a_body_shorter_than_it_was_announced_is_asked_for_again() -> None:
    broken = reply(TEXT[:100], Content_Length=str(len(TEXT)), **JSON)
    assert asked(in_turn(broken, reply(TEXT, **JSON)))[0] == TEXT


def test_a_chunked_body_without_its_end_is_asked_for_again() -> None:
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    half = head + b"5\r\n[1, 2\r\n"
    assert asked(in_turn(half, half + b"1\r\n]\r\n0\r\n\r\n"))[0] == b"[1, 2]"


def test_a_broken_gzip_stream_is_asked_for_again() -> None:
    packed = bytearray(gzip.compress(TEXT))
    packed[30] ^= 0xFF
    broken = reply(bytes(packed), Content_Encoding="gzip", **JSON)
    assert asked(in_turn(broken, OK))[0] == b'{"ok": true}'


def test_a_silent_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SILENCE_SECONDS", 0.2)
    monkeypatch.setattr(http, "ATTEMPTS", 2)
    begun = time.monotonic()
    message, _ = refused(lambda _: [OK[:20], 5.0])
    assert "silent for more than" in message
    assert time.monotonic() - begun < 4


def test_a_body_that_trickles_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_answers, "WHOLE_SECONDS", 0.3)
    monkeypatch.setattr(http, "ATTEMPTS", 1)
    slow = [reply(b"", Content_Length="100", **JSON), *[b"x", 0.05] * 100]
    assert "not whole after" in refused(lambda _: slow)[0]


def test_nobody_listens() -> None:
    with Vendor(lambda _: OK) as vendor:
        url = vendor.url
    with pytest.raises(ApiError, match="no connection"), Http(url, Access(sleep=Waits())).get("/x"):
        pytest.fail("nobody was there")


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_refused_credentials_are_said_once_with_what_helps(status: str) -> None:
    message, waits = refused(
        lambda _: reply({"error": "token expired"}, status),
        auth=("user", "s3cret"),
        advice="a token lives a year: set SHOP_JIRA_TOKEN",
    )
    assert "token expired" in message
    assert message.endswith("a token lives a year: set SHOP_JIRA_TOKEN")
    assert waits == []


def test_a_login_page_is_no_answer() -> None:
    page = reply(b"<html>Please sign in</html>", Content_Type="text/html")
    message, waits = refused(lambda _: page)
    assert "answered 'text/html', not json" in message
    assert "Please sign in" in message
    assert waits == []


def test_redirects_in_a_loop_end() -> None:
    message, _ = refused(lambda _: reply(b"", "302 Found", Location="/export"))
    assert "redirects in a loop" in message


def test_another_host_answers_for_nobody() -> None:
    with Vendor(lambda _: OK) as other:
        there = f"{other.url}/export"
        message, waits = refused(lambda _: reply(b"", "302 Found", Location=there))
    assert message.endswith(
        f"redirects to {there}, another host; if that is right, write it as base_url"
    )
    assert (other.asked, waits) == ([], [])


def test_what_is_wrong_with_an_answer_says_who_gave_it() -> None:
    with (
        Vendor(lambda _: OK) as vendor,
        pytest.raises(ApiError) as error,
        Http(vendor.url, Access()).get("/api/x", params={"token": "s3cret"}),
    ):
        raise ApiError("Jira answered without issues")
    assert str(error.value) == f"Jira answered without issues (asked: {vendor.url}/api/x)"


@pytest.mark.parametrize(
    ("url", "given", "notes"),
    [
        ("http://jira.example.org", {"auth": ("a", "secret")}, 1),
        ("http://jira.example.org", {"headers": {"DD-API-KEY": "secret"}}, 1),
        ("http://jira.example.org", {"headers": {"Accept": "application/json"}}, 0),
        ("https://jira.example.org", {"auth": ("a", "secret")}, 0),
        ("http://127.0.0.1:9090", {"auth": ("a", "secret")}, 0),
    ],
)
def test_credentials_that_others_can_read_are_said(
    url: str, given: dict[str, Any], notes: int
) -> None:
    said: list[str] = []
    Http(url, Access(note=said.append), **given)
    what = "credentials go unencrypted to http://jira.example.org: use https if it can"
    assert said == [what] * notes


def test_a_download_from_another_host_carries_nothing_secret() -> None:
    with Vendor(lambda _: OK) as other:
        there = f"{other.url.replace('127.0.0.1', 'localhost')}/file?signature=abc"
        body, _, _ = asked(
            lambda _: reply(b"", "302 Found", Location=there),
            may_move=True,
            auth=("user", "secret"),
            headers={"Api-Key": "secret"},
        )
        [one] = other.asked
    assert body == b'{"ok": true}'
    assert one.query == {"signature": "abc"}
    assert "authorization" not in one.headers
    assert "api-key" not in one.headers


def test_another_encoding_than_the_one_asked_for_is_refused() -> None:
    message, _ = refused(lambda _: reply(b"xx", Content_Encoding="br", **JSON))
    assert "'br' though gzip was asked for" in message


def test_each_request_is_counted_also_those_that_fail() -> None:
    class Two:
        left = 2

        def spend(self) -> None:
            if not self.left:
                raise ApiError("no request is left until 11:00")
            self.left -= 1

    with Vendor(lambda _: reply(b"", "500 Oops")) as vendor:
        client = Http(vendor.url, Access(budget=Two(), sleep=Waits()))
        with pytest.raises(ApiError, match="until 11:00"), client.get("/x"):
            pytest.fail("a failure was given out")
    assert len(vendor.asked) == 2


def test_a_post_that_reads() -> None:
    with Vendor(lambda _: OK) as vendor:
        client = Http(f"{vendor.url}/rest/api/3", Access())
        with client.post("search", json={"jql": "updated > 1"}) as found:
            assert found.read() == b'{"ok": true}'
    [one] = vendor.asked
    assert (one.method, one.path, one.json) == (
        "POST",
        "/rest/api/3/search",
        {"jql": "updated > 1"},
    )


def test_an_address_is_shown_without_its_secrets() -> None:
    assert http_answers.shown("https://u:p@host:8443/x?token=1") == "https://host:8443/x"
    with pytest.raises(ApiError, match="no http"):
        Http("file:///etc/passwd", Access())


DATE = "Tue, 30 Jun 2026 10:00:00 GMT"
RESET = 1782813600
"""10:00 of that day, in seconds since 1970."""


@pytest.mark.parametrize("status", ["403 Forbidden", "429 Too Many Requests"])
def test_a_spent_budget_is_waited_for_until_its_reset_and_is_no_refusal(status: str) -> None:
    spent = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": str(RESET + 90), "Date": DATE}
    limited = reply({"message": "API rate limit exceeded for user ID 1."}, status, **spent)
    body, [pause], _ = asked(in_turn(limited, OK))
    assert body == b'{"ok": true}'
    assert 90 <= pause <= 92


def test_a_reset_far_away_is_said_with_its_time() -> None:
    spent = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": str(RESET + 1800), "Date": DATE}
    message, waits = refused(
        lambda _: reply({"message": "API rate limit exceeded"}, "403 Forbidden", **spent),
        advice="check the token",
    )
    assert "come again in 1,8" in message
    assert re.search(r"at \d{4}-\d\d-\d\d \d\d:\d\d UTC", message)
    assert "check the token" not in message
    assert waits == []


def test_a_403_that_names_a_pause_is_waited_for() -> None:
    busy = reply({"message": "You have exceeded a secondary rate limit"}, "403 Forbidden",
                 Retry_After="5")  # fmt: skip
    _, [pause], _ = asked(in_turn(busy, OK))
    assert 5 <= pause <= 6


def test_a_limit_that_names_no_time_is_waited_for_a_minute() -> None:
    busy = reply({"message": "You have exceeded a secondary rate limit."}, "403 Forbidden")
    _, [pause], _ = asked(in_turn(busy, OK))
    assert 60 <= pause <= 61


def test_a_refusal_with_requests_left_is_a_refusal() -> None:
    left = {"X_RateLimit_Remaining": "4999", "X_RateLimit_Reset": str(RESET)}
    message, waits = refused(
        lambda _: reply({"message": "Resource not accessible"}, "403 Forbidden", **left)
    )
    assert message.endswith("check the credentials")
    assert waits == []


def test_what_is_no_more_is_an_error_of_its_own() -> None:
    with Vendor(lambda _: reply({"message": "expired"}, "410 Gone")) as vendor:
        client = Http(vendor.url, Access(sleep=Waits()))
        with pytest.raises(GoneError, match="answered 410"), client.get("/x"):
            pytest.fail("it is gone")


def test_an_answer_larger_than_asked_for_ends_at_once() -> None:
    with Vendor(lambda _: reply(TEXT, **JSON)) as vendor:
        client = Http(vendor.url, Access(sleep=Waits()))
        with (
            pytest.raises(TooLargeError, match="more than 1,000 bytes"),
            client.get("/x", most_bytes=1000),
        ):
            pytest.fail("it is too large")
        assert len(vendor.asked) == 1
