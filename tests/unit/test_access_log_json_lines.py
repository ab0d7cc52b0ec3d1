"""JSON lines as access logs: what stands around and between the lines of five tools."""

from pathlib import Path

import pytest

from ingest.source import FormatError
from tests.unit.access_log_support import JSON, Asked, caddy, envoy, parsed


@pytest.mark.parametrize(
    "prefix",
    ["2026-06-30T14:00:00.000000100+02:00 stdout F ", "<190>Jun 30 12:00:00 web caddy[7]: ", "  "],
)
@pytest.mark.parametrize("dialect", JSON)
def test_lines_may_stand_behind_a_prefix(tmp_path: Path, dialect: str, prefix: str) -> None:
    assert parsed(tmp_path, prefix + JSON[dialect](Asked())).counted("event") == {"/cart": 1}


def test_a_line_that_the_runtime_split_is_one_reject(tmp_path: Path) -> None:
    line, head = envoy(Asked()), "2026-06-30T12:00:00Z stdout "
    result = parsed(tmp_path, f"{head}F {line}", f"{head}P {line[:99]}", f"{head}F {line[99:]}")
    assert [(reject.position, reject.excerpt) for reject in result.rejects] == [(2, "")]
    assert (result.tally["user"], result.tally["other"]) == (1, 1)


def test_text_in_a_containers_output_is_other_and_elsewhere_a_reject(tmp_path: Path) -> None:
    head, said = "2026-06-30T12:00:00Z stderr F ", "[2026-06-30 12:00:01.000][1][info] starting"
    result = parsed(tmp_path, envoy(Asked()), head + said, said, head + envoy(Asked())[:70])
    assert [reject.position for reject in result.rejects] == [3, 4]
    assert (result.tally["user"], result.tally["other"]) == (1, 1)


@pytest.mark.parametrize(
    "line",
    [
        '{"level":"info","ts":1782820800.1,"logger":"admin","msg":"started"}',
        '{"level":"info","msg":"Configuration loaded","time":"2026-06-30T12:00:00Z"}',
        '{"session":{"tls":{}},"started_at":1782820800000,"client_ip":"203.0.113.7"}',
        "{}",
        '{"a":{"b":[{"c":[[]]}]}}',
    ],
)
@pytest.mark.parametrize("dialect", JSON)
def test_an_object_that_says_nothing_of_a_request_is_other(
    tmp_path: Path, dialect: str, line: str
) -> None:
    result = parsed(tmp_path, JSON[dialect](Asked()), line)
    assert (result.tally["user"], result.tally["other"]) == (1, 1)
    with pytest.raises(FormatError, match=f"JSON, expected log_format '{dialect}'"):
        parsed(tmp_path, line, log_format=dialect)


def test_what_caddy_says_of_a_request_beside_its_access_log_is_not_counted_again(
    tmp_path: Path,
) -> None:
    error = caddy(Asked(status=502), logger="http.log.error", err_id="x")
    result = parsed(tmp_path, caddy(Asked(status=502)), error, caddy(Asked(), logger=None))
    assert (result.tally["user"], result.tally["other"]) == (2, 1)


@pytest.mark.parametrize(
    "line",
    [
        '{"ts":1782820800,"level":"info","status":200}',
        '{"timestamp":"2026-06-30T12:00:00Z","method":"GET","path":"/cart","status":200}',
        '{"time":"2026-06-30T12:00:00Z","request":{"method":"GET","url":"/cart"},"status":200}',
    ],
)
def test_keys_that_could_be_anybodys_are_not_guessed(tmp_path: Path, line: str) -> None:
    with pytest.raises(FormatError, match="JSON, expected a known access log format"):
        parsed(tmp_path, line)
