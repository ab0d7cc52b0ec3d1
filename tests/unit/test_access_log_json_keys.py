"""JSON lines as access logs: keys of one's own."""

from pathlib import Path
from typing import Any

import pytest

from ingest.source import FormatError
from ingest.usage.request_keys import latency_bucket
from tests.unit.access_log_support import CHROME, NOON, Asked, as_json, envoy, parsed

OWN = {"stamp": "t", "method": "m", "uri": "u"}


@pytest.mark.parametrize(
    "stamp",
    [1782820800, 1782820800.5, 1782820800_500, 1782820800_500_000, 1782820800_500_000_000,
     "1782820800.5", "2026-06-30T12:00:00Z", "2026-06-30 12:00:00.123456789 UTC",
     "2026-06-30T14:00:00,5+0200", "2026-06-30T12:00:00"],
)  # fmt: skip
def test_times_of_own_keys(tmp_path: Path, stamp: float | str) -> None:
    line = as_json({"t": stamp, "m": "GET", "u": "/cart"})
    result = parsed(tmp_path, line, log_format=None, files={"json": OWN})
    assert result.minutes[0]["minute"] == NOON
    assert bool(result.warnings) is (stamp == "2026-06-30T12:00:00")


def test_keys_of_ones_own(tmp_path: Path) -> None:
    keys = {
        "stamp": "ts", "method": "req.verb", "uri": "req.path", "status": "res.code",
        "bytes": "res.size", "agent": "req.ua", "latency_us": "took", "user": "sub",
        "tenant": "org", "synthetic": "probe", "service": "app",
    }  # fmt: skip
    record = {
        "ts": "2026-06-30T12:00:00Z",
        "req": {"verb": "GET", "path": "/cart?a=b", "ua": CHROME},
        "res": {"code": "404", "size": 77}, "took": 250_000, "sub": "ada", "org": 7,
        "probe": False, "app": "shop",
    }  # fmt: skip
    files = {"json": keys}
    result = parsed(tmp_path, as_json(record), log_format=None, files=files)
    (row,) = result.minutes
    assert row == row | {
        "minute": NOON, "service": "shop", "route": "/cart", "status_class": "4xx", "bytes": 77,
        "actor": "user", "with_user": 1, "with_tenant": 1,
    }  # fmt: skip
    assert result.latencies[0]["bucket"] == latency_bucket(250)
    assert result.counted("browser") == {"chrome": 1}
    probe = parsed(tmp_path, as_json(record | {"probe": True}), log_format=None, files=files)
    assert probe.counted("actor") == {"synthetic": 1}


def test_a_dot_may_be_one_of_the_keys_own(tmp_path: Path) -> None:
    keys = {"stamp": "@timestamp", "method": "http.method", "uri": "http.path"}
    flat = {"@timestamp": "2026-06-30T12:00:00Z", "http.method": "GET", "http.path": "/cart"}
    inside = {"@timestamp": "2026-06-30T12:00:00Z", "http": {"method": "GET", "path": "/cart"}}
    result = parsed(tmp_path, as_json(flat), as_json(inside), log_format=None, files={"json": keys})
    assert result.counted("event", "method") == {("/cart", "GET"): 2}


def test_a_whole_request_line_under_an_own_key(tmp_path: Path) -> None:
    line = as_json({"t": "2026-06-30T12:00:00Z", "r": "GET /cart?a=b HTTP/2.0"})
    files = {"json": {"stamp": "t", "request": "r"}}
    assert parsed(tmp_path, line, log_format=None, files=files).counted("event") == {"/cart": 1}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "needs a stamp"),
        ({"stamp": "t", "method": "m"}, "needs a stamp, and a request or a method and a uri"),
        (OWN | {"verb": "m"}, "verb = 'm' is none of stamp, request, method"),
        (OWN | {"agent": "a..b"}, "agent = 'a..b'"),
        (OWN | {"agent": ""}, "agent = ''"),
        (OWN | {"latency": "a", "latency_ms": "b"}, "only one of latency, latency_ms"),
        (OWN | {"agent": "a", "user": "a.b"}, "'a' cannot be a value and an object"),
        (OWN | {"agent": 7}, "json"),
    ],
)
def test_own_keys_that_cannot_be_say_why(
    tmp_path: Path, keys: dict[str, Any], message: str
) -> None:
    with pytest.raises(FormatError, match=message):
        parsed(tmp_path, '{"t":1}', log_format=None, files={"json": keys})


def test_own_keys_and_a_format_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="either a log_format or json"):
        parsed(tmp_path, "{}", log_format="kong", files={"json": OWN})


def test_own_keys_that_no_line_has_refuse_the_file(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="JSON, expected JSON lines with the keys of `json`"):
        parsed(tmp_path, envoy(Asked()), log_format=None, files={"json": OWN})
