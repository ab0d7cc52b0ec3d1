"""AWS load balancers: what AWS documents of a line, and what it leaves open."""

from pathlib import Path

import pytest

from ingest.usage.request_keys import latency_bucket
from tests.unit.access_log_support import Asked, alb, parsed


def test_the_answer_to_the_user_counts_and_not_the_targets(tmp_path: Path) -> None:
    line = alb(Asked(status=502)).replace(" 502 502 ", " 502 200 ")
    assert parsed(tmp_path, line).counted("status_class", table="request_minutes") == {"5xx": 1}
    without = alb(Asked(status=403), target="-")
    assert " 403 - " in without
    assert parsed(tmp_path, without).counted("status_class", table="request_minutes") == {"4xx": 1}


@pytest.mark.parametrize("kind", ["http", "https", "h2", "ws", "wss", "grpc", "grpcs"])
def test_every_type_of_connection(tmp_path: Path, kind: str) -> None:
    assert parsed(tmp_path, alb(Asked(), kind)).counted("event") == {"/cart": 1}


def test_the_three_times_make_one(tmp_path: Path) -> None:
    line = alb(Asked()).replace("0.001 0.249 0.000", "0.086 0.048 0.037")
    (latency,) = parsed(tmp_path, line).latencies
    assert latency["bucket"] == latency_bucket(171)


@pytest.mark.parametrize("times", ["-1 -1 -1", "0.001 -1 -1", "-1.000 0.1 0.1", "0.1 - 0.1"])
def test_a_part_that_is_unknown_makes_the_time_unknown(tmp_path: Path, times: str) -> None:
    result = parsed(tmp_path, alb(Asked()).replace("0.001 0.249 0.000", times))
    assert result.tally["user"] == 1
    assert not result.latencies
    assert result.minutes[0]["with_latency"] == 0


@pytest.mark.parametrize(
    "request_line",
    ["- http://10.0.1.252:80- ", "- - - ", "GET wss://shop:443/chat HTTP/1.1", "-", ""],
)
def test_what_is_no_request_is_other(tmp_path: Path, request_line: str) -> None:
    line = alb(Asked())
    start = line.index('"') + 1
    line = line[:start] + request_line + line[line.index('"', start) :]
    result = parsed(tmp_path, alb(Asked()), line)
    assert (result.tally["user"], result.tally["other"]) == (1, 1)


def test_fields_that_aws_adds_change_nothing_and_old_lines_have_fewer(tmp_path: Path) -> None:
    line = alb(Asked())
    older = line[: line.index(' "Root=')]
    result = parsed(tmp_path, older, line, f'{line} TID_1 "new" "" -', f'{line} "with blanks" 1.2')
    assert result.tally["user"] == 4


def test_port_host_and_query_are_no_part_of_the_route(tmp_path: Path) -> None:
    result = parsed(tmp_path, alb(Asked(uri="/orders/4711?mail=ada@example.com")))
    assert result.counted("event") == {"/orders/{id}": 1}


def test_a_classic_load_balancer_is_told_by_its_variables(tmp_path: Path) -> None:
    log_format = (
        "$time_iso8601 $elb $client $target $request_processing_time $target_processing_time"
        " $response_processing_time $status $target_status $received $bytes_sent"
        ' "$request" "$http_user_agent" $cipher $protocol'
    )
    line = (
        "2026-06-30T12:00:00.945958Z my-elb 203.0.113.7:2817 10.0.0.1:80 0.000073 0.249 0.000057"
        ' 200 200 0 29 "GET http://www.example.com:80/cart HTTP/1.1" "curl/7.38.0" - -'
    )
    result = parsed(tmp_path, line, log_format=log_format)
    assert result.counted("event", "platform") == {("/cart", "api"): 1}
    assert result.latencies[0]["bucket"] == latency_bucket(249.13)
