"""JSON lines as access logs: times, states, sizes, durations, agents and paths of five tools."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.usage.request_keys import latency_bucket
from tests.unit.access_log_support import (
    JSON,
    NOON,
    Asked,
    as_json,
    caddy,
    envoy,
    kong,
    nginx_json,
    parsed,
    traefik,
)


@pytest.mark.parametrize(
    "stamp",
    [
        {"time_iso8601": "2026-06-30T14:00:00+02:00"},
        {"time_iso8601": None, "time_local": "30/Jun/2026:14:00:00 +0200"},
        {"time_iso8601": "", "msec": "1782820800.123"},
        {"time_iso8601": "-", "msec": 1782820800.123},
    ],
)
def test_nginx_times_of_every_variable(tmp_path: Path, stamp: dict[str, Any]) -> None:
    (row,) = parsed(tmp_path, nginx_json(Asked(), **stamp)).minutes
    assert row["minute"] == NOON


@pytest.mark.parametrize(
    "stamp",
    ["2026-02-31T12:00:00Z", "yesterday", 7, -1782820800, 1e300, "9999-12-31T00:00:00Z", True,
     "2026-06-30T25:00:00Z", 10**18 * 10**18],
)  # fmt: skip
def test_times_that_cannot_be_are_rejects(tmp_path: Path, stamp: Any) -> None:
    result = parsed(tmp_path, envoy(Asked()), envoy(Asked(), start_time=stamp), envoy(Asked()))
    assert [reject.position for reject in result.rejects] == [2]
    assert result.tally["user"] == 2


@pytest.mark.parametrize("stamp", [None, "", "-", [], 0])
def test_a_request_without_a_time_is_a_reject(tmp_path: Path, stamp: Any) -> None:
    result = parsed(tmp_path, envoy(Asked()), envoy(Asked(), start_time=stamp))
    assert [reject.position for reject in result.rejects] == [2]


@pytest.mark.parametrize("status", ["503", 503, "503.0x", None, "-", 0, True, 7, ["503"]])
def test_states_as_text_and_number(tmp_path: Path, status: Any) -> None:
    result = parsed(tmp_path, nginx_json(Asked(), status=status))
    expected = "5xx" if status in ("503", 503) else None
    assert result.counted("status_class", table="request_minutes") == {expected: 1}


@pytest.mark.parametrize("size", ["77", 77, 77.0])
def test_sizes_as_text_and_number(tmp_path: Path, size: Any) -> None:
    assert parsed(tmp_path, envoy(Asked(), bytes_sent=size)).minutes[0]["bytes"] == 77


@pytest.mark.parametrize("size", [None, "-", "x", -1, 1e300, 2**70, True, "1e3"])
def test_sizes_that_cannot_be_add_nothing(tmp_path: Path, size: Any) -> None:
    (row,) = parsed(tmp_path, envoy(Asked(size=5)), envoy(Asked(), bytes_sent=size)).minutes
    assert (row["count"], row["bytes"]) == (2, 5 + (size is True))


@pytest.mark.parametrize(
    ("line", "milliseconds"),
    [
        (nginx_json(Asked(), request_time=0.250), 250),
        (envoy(Asked(), duration="250"), 250),
        (caddy(Asked(), duration=0.000033987), 0.033987),
        (traefik(Asked(), Duration=33987), 0.033987),
        (kong(Asked(), latencies={"request": 250, "kong": 9, "proxy": 241}), 250),
        (kong(Asked(), latencies={"proxy": 241}), None),
        (kong(Asked(), latencies=None), None),
        (caddy(Asked(), duration="33.987\u00b5s"), None),
        (envoy(Asked(), duration=-1), None),
        (envoy(Asked(), duration="-"), None),
        (envoy(Asked(), duration="nan"), None),
        (envoy(Asked(), duration=1e308), 1e308),
        (envoy(Asked(), duration="1e999"), None),
    ],
)
def test_durations_of_every_unit(tmp_path: Path, line: str, milliseconds: float | None) -> None:
    buckets = [row["bucket"] for row in parsed(tmp_path, line).latencies]
    assert buckets == ([] if milliseconds is None else [latency_bucket(milliseconds)])


def test_what_a_line_does_not_say_is_unknown_and_not_nothing(tmp_path: Path) -> None:
    line = as_json({"start_time": "2026-06-30T12:00:00Z", "method": "GET", "path": "/cart",
                    "response_code": 0})  # fmt: skip
    (row,) = (result := parsed(tmp_path, line)).minutes
    assert (row["bytes"], row["with_latency"], row["with_status"]) == (None, 0, 0)
    assert result.counted("actor", "platform") == {("user", None): 1}


@pytest.mark.parametrize(
    "line",
    [
        envoy(Asked(), **{"user-agent": None}),
        nginx_json(Asked(agent=None)),
        kong(Asked(agent=None)),
        caddy(Asked(agent=None)),
    ],
)
def test_a_client_that_sent_no_agent_is_a_bot(tmp_path: Path, line: str) -> None:
    assert parsed(tmp_path, line).counted("actor") == {"bot": 1}


@pytest.mark.parametrize("dialect", ["kong", "caddy"])
def test_headers_that_were_not_logged_make_nobody_a_bot(tmp_path: Path, dialect: str) -> None:
    record = json.loads(JSON[dialect](Asked()))
    for headers in ({}, {"headers": None}):
        request = {k: v for k, v in record["request"].items() if k != "headers"} | headers
        line = as_json(record | {"request": request})
        assert parsed(tmp_path, line).counted("actor", "platform") == {("user", None): 1}


def test_the_path_that_the_client_asked_for_comes_before_the_rewritten_one(tmp_path: Path) -> None:
    keys = {"x-envoy-origin-path": None, "path": "/v1/cart", ":path": "/x"}
    line = envoy(Asked(), **{"x-envoy-original-path": "/cart?a=b"}, **keys)
    assert parsed(tmp_path, line).counted("event") == {"/cart": 1}
    for missing in ("-", None, ""):
        line = envoy(Asked(), **{"x-envoy-original-path": missing}, **keys)
        assert parsed(tmp_path, line).counted("event") == {"/v1/cart": 1}


def test_null_objects_are_like_missing_ones(tmp_path: Path) -> None:
    line = kong(Asked(), consumer=None, service=None, latencies=None, route=None)
    assert parsed(tmp_path, line).counted("event", "service") == {("/cart", None): 1}
