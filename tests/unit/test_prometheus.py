"""Prometheus from a server on loopback, and what becomes of its answers."""

import datetime as dt
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given

from ingest import apis, sources
from ingest.apis import Access, ApiError, Window
from ingest.records import ServiceMetric
from ingest.source import Context, FormatError, Reject, Warn
from tests.unit.any_json_support import any_json
from tests.unit.vendor_server import Asked, Reply, Vendor, in_turn, reply

SOURCE, API = sources.get("prometheus"), apis.get("prometheus")
CONTEXT = Context(folder_day=dt.date(2026, 6, 30), reporting_zone="Europe/Berlin")
# The night in which the clocks go forward has 23 hours.
WINDOW = Window(dt.date(2026, 3, 28), dt.date(2026, 3, 29), "Europe/Berlin")
QUERIES = {"error_rate": "sum by (service) (rate(x[5m]))", "memory_bytes": "sum by (service) (y)"}


def matrix(**services: list[tuple[float, str]]) -> dict[str, object]:
    result = [{"metric": {"service": name}, "values": values} for name, values in services.items()]
    return {"status": "success", "data": {"resultType": "matrix", "result": result}}


def fetched(
    answer: Callable[[Asked], Reply], **more: object
) -> tuple[dict[str, bytes], list[Asked]]:
    return noted(answer, **more)[:2]


def noted(
    answer: Callable[[Asked], Reply], **more: object
) -> tuple[dict[str, bytes], list[Asked], list[str]]:
    """The files, what was asked, and what deserves a look."""
    notes: list[str] = []
    with Vendor(answer) as vendor:
        entry = {"name": "prod", "base_url": f"{vendor.url}/prom", "queries": QUERIES, **more}
        found = {}
        for one in API.fetch(entry, WINDOW, Access(sleep=lambda _: None, note=notes.append)):
            assert not isinstance(one.content, bytes)
            found[f"{one.day}/{one.name}"] = gzip.decompress(one.content.read())
        return found, vendor.asked, notes


def parsed(text: bytes) -> list[object]:
    return list(SOURCE.parse(io.BytesIO(text), CONTEXT))


def test_each_metric_is_asked_for_each_day_and_its_answer_kept_as_it_came() -> None:
    def answer(asked: Asked) -> Reply:
        return reply(json.dumps(matrix(shop=[(float(asked.query["start"]), "1")]), indent=2),
                     Content_Type="application/json")  # fmt: skip

    files, asked = fetched(answer, token_env="T", token="t0ken-value")
    assert list(files) == ["2026-03-28/prod.jsonl.gz", "2026-03-29/prod.jsonl.gz"]
    assert [one.query["query"] for one in asked] == [*QUERIES.values()] * 2
    hours = [(int(one.query["end"]) + 60 - int(one.query["start"])) / 3600 for one in asked]
    assert hours == [24, 24, 23, 23]
    assert asked[0].path == "/prom/api/v1/query_range"
    assert asked[0].headers["authorization"] == "Bearer t0ken-value"
    rows = parsed(files["2026-03-29/prod.jsonl.gz"])
    assert [(row.service, row.metric, row.value) for row in rows] == [
        ("shop", "error_rate", 1.0),
        ("shop", "memory_bytes", 1.0),
    ]
    assert {row.day for row in rows} == {dt.date(2026, 3, 29)}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (reply({"status": "error", "error": "query timed out"}), "query timed out"),
        (reply({"status": "error", "error": "parse error"}, "400 Bad Request"), "parse error"),
        (reply(b"<html>Sign in</html>", Content_Type="text/html"), "Sign in"),
        (reply(b'{"status": "succ', Content_Type="application/json"), "not what was expected"),
        (reply({"data": {}}), "Prometheus answered"),
    ],
)
def test_one_answer_that_fails_leaves_nothing(answer: bytes, said: str) -> None:
    with pytest.raises(ApiError) as error:
        fetched(in_turn(reply(matrix(shop=[(1782770400, "1")])), answer))
    assert said in str(error.value)


PART = matrix(shop=[(1782770400, "1")]) | {"warnings": ["store 10.0.0.7:10901 did not answer"]}


def test_a_part_as_victoriametrics_says_it_is_none() -> None:
    with pytest.raises(ApiError, match="may be a part only, Prometheus warns: isPartial"):
        fetched(lambda _: reply(matrix() | {"isPartial": True}))
    assert len(fetched(lambda _: reply(matrix() | {"isPartial": False}))[0]) == 2


def test_an_answer_that_may_be_a_part_is_none() -> None:
    with pytest.raises(ApiError) as error:
        fetched(lambda _: reply(PART))
    assert "error_rate of 2026-03-28 may be a part only, Prometheus warns: store" in str(
        error.value
    )
    assert "accept_partial = true" in str(error.value)


def test_a_part_is_kept_where_it_is_asked_for_and_said() -> None:
    files, _, notes = noted(lambda _: reply(PART), accept_partial=True)
    assert len(files) == 2
    assert len(notes) == 4
    assert notes[0].startswith("error_rate of 2026-03-28 may be a part only: store")


def test_a_remark_about_the_query_is_said_and_holds_nothing_back() -> None:
    info = 'PromQL info: metric might not be a counter, name does not end in _total: "x" (1:21)'
    files, _, notes = noted(lambda _: reply(matrix() | {"infos": [info]}))
    assert len(files) == 2
    assert notes[0] == f"error_rate: {info}"


def test_what_is_no_number_is_unknown_and_not_0() -> None:
    line = {"metric": "error_rate", "answer": matrix(shop=[(1782770400, "NaN"), (1782770460, "0")])}
    [row] = parsed(json.dumps(line).encode())
    assert isinstance(row, ServiceMetric)
    assert (row.minute.minute, row.value) == (1, 0.0)


def test_a_day_of_a_metric_without_series_has_no_rows() -> None:
    assert parsed(json.dumps({"metric": "m", "answer": matrix()}).encode()) == []


@given(any_json("metric answer status data result values resultType"))
def test_any_json_gives_rows_rejects_or_a_refusal(value: object) -> None:
    for line in (value, {"metric": "m", "answer": value}, {"metric": "m", "answer": matrix() | {"data": {
            "resultType": "matrix", "result": [value]}}}):  # fmt: skip
        try:
            found = parsed(json.dumps(line).encode())
        except FormatError:
            continue
        assert all(isinstance(item, ServiceMetric | Reject | Warn) for item in found)


def test_a_file_cut_anywhere_is_refused_or_whole_to_there() -> None:
    place = Path(__file__).parents[1] / "golden" / "prometheus" / "two_metrics" / "input.jsonl"
    text = place.read_bytes()
    whole = [item for item in parsed(text) if isinstance(item, ServiceMetric)]
    for end in range(1, len(text), 7):
        try:
            rows = [item for item in parsed(text[:end]) if isinstance(item, ServiceMetric)]
        except FormatError:
            continue
        assert rows == whole[: len(rows)]
