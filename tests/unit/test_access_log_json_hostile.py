"""JSON lines as access logs: lines that are no object, values of the wrong kind, and whatever else is JSON."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.usage.json_log import DIALECTS
from tests.unit.access_log_support import JSON, Asked, envoy, kong, nginx_json, parsed


@pytest.mark.parametrize(
    "line",
    [
        '{"start_time":',
        "[]",
        "null",
        "7",
        '"a"',
        "{}{}",
        "nonsense",
        '[{"start_time":1}]',
        '{"a":1},',
    ],
)
def test_what_is_no_object_is_a_reject(tmp_path: Path, line: str) -> None:
    result = parsed(tmp_path, envoy(Asked()), line)
    assert [reject.position for reject in result.rejects] == [2]


@pytest.mark.parametrize(
    "change",
    [
        {"request": []}, {"request": "GET"}, {"response": 7}, {"latencies": "x"},
        {"consumer": [1]}, {"service": {"name": {"a": 1}}}, {"started_at": {}},
        {"request": {"method": {"a": 1}, "uri": "/"}}, {"response": {"status": {}}},
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_a_reject(tmp_path: Path, change: dict[str, Any]) -> None:
    result = parsed(tmp_path, kong(Asked()), kong(Asked(), **change))
    assert [reject.position for reject in result.rejects] == [2]


def test_of_keys_that_come_twice_the_last_one_counts(tmp_path: Path) -> None:
    line = envoy(Asked())[:-1] + ',"method":"POST","response_code":503}'
    result = parsed(tmp_path, line)
    assert result.counted("method") == {"POST": 1}
    assert result.counted("status_class", table="request_minutes") == {"5xx": 1}


def test_nested_junk_and_huge_numbers_stop_nothing(tmp_path: Path) -> None:
    head = envoy(Asked())[:-1]
    lines = [
        f'{head},"x":' + "[" * 100_000 + "]" * 100_000 + "}",
        f'{head},"x":' + '{"a":' * 50_000 + "1" + "}" * 50_000 + "}",
        f'{head},"x":' + "9" * 10_000 + "}",
        f'{head},"bytes_sent":' + "9" * 10_000 + "}",
        f'{head},"start_time":' + "9" * 10_000 + "}",
        f'{head},"x":NaN}}',
        f'{head},"x":"\x00"}}',
        f'{head},"x":"\\u0000\\ud800"}}',
    ]
    result = parsed(tmp_path, envoy(Asked()), *lines)
    assert result.tally["user"] >= 2
    assert result.tally["user"] + len(result.rejects) == 9


def test_an_escaped_line_end_does_not_part_a_request(tmp_path: Path) -> None:
    lines = [
        envoy(Asked(uri="/a\nGET /b HTTP/1.1")),
        envoy(Asked("GET\n/x", "/c")),
        nginx_json(Asked(uri="/d\n\n/e")),
        envoy(Asked(uri="/f\x1fg", agent="a\nb")),
    ]
    for line in lines:
        result = parsed(tmp_path, envoy(Asked()), line, log_format="envoy")
        assert result.tally["user"] + result.tally["other"] + len(result.rejects) == 2
        assert result.counted("event")["/cart"] == 1
        assert len(result.counted("event")) <= 2


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["-", "", "GET", "/cart", 200, "2026-06-30T12:00:00Z", 1782820800])
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@st.composite
def anything(draw: st.DrawFn, dialect: str) -> Any:
    """A line of the dialect in which some value, at any depth, is anything, or missing."""
    record = json.loads(JSON[dialect](Asked()))
    for _ in range(draw(st.integers(1, 4))):
        place = record
        while True:
            key = draw(st.sampled_from(sorted(place)) if place else st.just("x"))
            if not isinstance(place.get(key), dict) or draw(st.booleans()):
                break
            place = place[key]
        if draw(st.booleans()):
            place[key] = draw(VALUES)
        else:
            place.pop(key, None)
    return record


@settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_any_json_gives_rows_or_rejects(tmp_path: Path, dialect: str, data: st.DataObject) -> None:
    records = data.draw(st.lists(anything(dialect) | VALUES, max_size=6))
    lines = [json.dumps(record, ensure_ascii=data.draw(st.booleans())) for record in records]
    raw = [line.encode("utf-8", "surrogatepass") for line in lines]
    parsed(tmp_path, JSON[dialect](Asked()), *raw, log_format=dialect)
