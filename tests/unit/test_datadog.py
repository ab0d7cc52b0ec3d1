"""Datadog's counts of spans: from a server on loopback, and what becomes of its answers."""

import datetime as dt
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from ingest import apis
from ingest.apis import Access, ApiError, Window
from ingest.records import UsageCount
from ingest.source import FormatError, Reject, Tally, Warn
from tests.unit.any_json_support import any_json
from tests.unit.span_support import items_of, lines, parsed
from tests.unit.usage_support import Result
from tests.unit.vendor_server import Asked, Reply, Vendor, in_turn, reply

API = apis.get("datadog")
DAY = dt.date(2026, 6, 30)
# The night in which the clocks go forward has 23 hours.
WINDOW = Window(dt.date(2026, 3, 28), dt.date(2026, 3, 29), "Europe/Berlin")
KEYS = {"api_key_env": "DD_API", "application_key_env": "DD_APP", "api_key": "api-key-value",
        "application_key": "application-key-value"}  # fmt: skip


def buckets(*counts: tuple[str | None, str | None, object], **meta: Any) -> dict[str, Any]:
    """An answer: service, resource (None: not grouped by it), count."""
    data = []
    for service, resource, count in counts:
        by = {"service": service, "resource_name": resource}
        by = {name: value for name, value in by.items() if value is not None}
        data.append(
            {"id": "x", "type": "bucket", "attributes": {"by": by, "compute": {"c0": count}}}
        )
    return {"data": data, "meta": {"elapsed": 7, "request_id": "r", "status": "done", **meta}}


def fetched(
    answer: Callable[[Asked], Reply], window: Window = WINDOW, **more: object
) -> tuple[dict[str, bytes], list[Asked]]:
    with Vendor(answer) as vendor:
        entry = {"name": "prod", "base_url": vendor.url, **KEYS, **more}
        found = {}
        for one in API.fetch(entry, window, Access(sleep=lambda _: None)):
            assert not isinstance(one.content, bytes)
            found[f"{one.day}/{one.name}"] = gzip.decompress(one.content.read())
        return found, vendor.asked


def one_day(answer: Callable[[Asked], Reply]) -> tuple[bytes, list[Asked]]:
    files, asked = fetched(answer, Window(DAY, DAY))
    [content] = files.values()
    return content, asked


def query(asked: Asked) -> dict[str, Any]:
    found: dict[str, Any] = asked.json["data"]["attributes"]
    return found


def counted(tmp_path: Path, *texts: str, **context: Any) -> Result:
    """The lines through the parser: a record is a row, and every one is in a class."""
    result = parsed("datadog", tmp_path / "x.jsonl", lines(texts), **context)
    tally = result.tally
    assert tally["read"] == tally["user"] + tally["static"] + tally["duplicate"] + len(
        result.rejects
    )
    assert tally["user"] == len(result.requests)
    return result


def line(asked: str, *counts: tuple[str | None, str | None, object], **more: Any) -> str:
    return json.dumps({"day": "2026-06-30", "asked": asked, **more, "answer": buckets(*counts)})


# ---- asking -------------------------------------------------------------------------------------


def test_services_and_their_resources_are_asked_for_each_day(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        if len(query(asked)["group_by"]) == 1:
            return reply(buckets(("web", None, 30), ("cart", None, 5)))
        return reply(buckets(("web", "GET /", 30), ("cart", "POST /cart", 5)))

    files, asked = fetched(answer)
    assert list(files) == ["2026-03-28/prod.jsonl.gz", "2026-03-29/prod.jsonl.gz"]
    assert [one.path for one in asked] == ["/api/v2/spans/analytics/aggregate"] * 4
    assert asked[0].headers["dd-api-key"] == "api-key-value"
    assert asked[0].headers["dd-application-key"] == "application-key-value"
    assert query(asked[0])["group_by"] == [{"facet": "service", "limit": 1000}]
    assert query(asked[1])["group_by"] == [
        {"facet": "service", "limit": 2},
        {"facet": "resource_name", "limit": 5000},
    ]
    assert query(asked[0])["filter"]["query"] == "@span.kind:(server OR consumer)"
    hours = [(int(query(one)["filter"]["to"]) + 1 - int(query(one)["filter"]["from"])) / 3_600_000
             for one in asked]  # fmt: skip
    assert hours == [24, 24, 23, 23]
    result = counted(tmp_path, *files["2026-03-29/prod.jsonl.gz"].decode().splitlines())
    assert result.counted("day", "service", "method", "event") == {
        (dt.date(2026, 3, 29), "web", "GET", "/"): 30,
        (dt.date(2026, 3, 29), "cart", "POST", "/cart"): 5,
    }


def test_a_service_whose_resources_were_cut_is_asked_for_by_itself(tmp_path: Path) -> None:
    content, asked = one_day(
        in_turn(
            reply(buckets(("web", None, 30), ("cart", None, 5))),
            reply(buckets(("web", "GET /a", 10), ("cart", "GET /c", 5))),
            reply(buckets((None, "GET /a", 10), (None, "GET /b", 20))),
        )
    )
    assert query(asked[2])["filter"]["query"] == '(@span.kind:(server OR consumer)) service:"web"'
    assert query(asked[2])["group_by"] == [{"facet": "resource_name", "limit": 10_000}]
    result = counted(tmp_path, *content.decode().splitlines())
    assert result.counted("service", "event") == {
        ("web", "/a"): 10, ("web", "/b"): 20, ("cart", "/c"): 5,
    }  # fmt: skip
    assert result.tally["duplicate"] == 1
    assert result.warnings == []


def test_what_is_listed_nowhere_is_counted_and_said(tmp_path: Path) -> None:
    content, asked = one_day(
        in_turn(
            reply(buckets(("web", None, 1000))),
            reply(buckets(("web", "GET /a", 10))),
        )
    )
    assert len(asked) == 2, "a single service had all groups there are"
    result = counted(tmp_path, *content.decode().splitlines())
    assert result.counted("service", "event") == {("web", "/a"): 10, ("web", "(other)"): 990}
    assert "990 of 1,000 spans of service 'web'" in result.warnings[0]


def test_a_day_without_spans_has_a_document_and_no_rows(tmp_path: Path) -> None:
    content, asked = one_day(in_turn(reply(buckets())))
    assert len(asked) == 1
    assert counted(tmp_path, *content.decode().splitlines()).rows == {}


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (
            [reply({"errors": ["Forbidden"]}, "403 Forbidden")],
            "check the keys in DD_API and DD_APP",
        ),
        ([reply({"errors": ["Bad api-key-value"]}, "401 Unauthorized")], "Bad <secret>"),
        ([reply({"errors": ["invalid query"]}, "400 Bad Request")], "invalid query"),
        ([reply(buckets(status="timeout"))], "status 'timeout'"),
        ([reply({"errors": ["partial"]})], "partial"),
        ([reply({"meta": {}})], "no data"),
        ([reply(b'{"data": [', Content_Type="application/json")], "not what was expected"),
        ([reply(b"<html>Sign in</html>", Content_Type="text/html")], "Sign in"),
        ([reply(b"", "500 Internal Server Error")], "given up after 5 attempts"),
        ([reply({"errors": []}, "429 Too Many Requests", X_RateLimit_Reset="3000")], "in 3,000 s"),
        ([reply(buckets(("a", None, 9), ("b", None, 9))), reply(b"", "500 X")], "500"),
    ],
)
def test_one_answer_that_fails_leaves_nothing(answers: list[bytes], said: str) -> None:
    with pytest.raises(ApiError) as error:
        one_day(in_turn(*answers))
    assert said in str(error.value)
    assert "key-value" not in str(error.value)


def test_a_limit_that_is_over_soon_is_waited_for_as_its_header_says() -> None:
    pauses: list[float] = []
    answer = in_turn(
        reply({"errors": []}, "429 Too Many Requests", X_RateLimit_Reset="42"), reply(buckets())
    )
    with Vendor(answer) as vendor:
        entry = {"name": "prod", "base_url": vendor.url, **KEYS}
        list(API.fetch(entry, Window(DAY, DAY), Access(sleep=pauses.append)))
    assert [42 <= pause <= 43 for pause in pauses] == [True]


def test_the_hourly_limit_is_kept() -> None:
    assert API.rate
    assert API.rate.requests <= 300
    assert API.rate.seconds == 3600


# ---- reading ------------------------------------------------------------------------------------


def test_resources_are_routes_or_names_and_files_are_static(tmp_path: Path) -> None:
    result = counted(
        tmp_path,
        line("services", ("web", None, 17)),
        line("resources", ("web", "GET /orders/:id", 5), ("web", "OrdersController#show", 4.0),
             ("web", "GET /assets/app.js", 8)),
    )  # fmt: skip
    [route, name] = result.requests
    assert (route["kind"], route["service"], route["method"], route["event"], route["count"]) == (
        "span", "web", "GET", "/orders/{id}", 5,
    )  # fmt: skip
    assert (name["method"], name["event"], name["actor"]) == (None, "OrdersController#show", "user")
    assert result.tally["static"] == 1
    assert result.warnings == []


def test_an_answer_without_anything_around_is_of_the_folders_day(tmp_path: Path) -> None:
    result = counted(tmp_path, json.dumps(buckets(("web", "GET /", 3))))
    assert result.counted("day", "event") == {(DAY, "/"): 3}


def test_a_bucket_that_cannot_be_read_is_a_reject(tmp_path: Path) -> None:
    bad = [("web", "GET /", count) for count in (None, "7", 1.5, -1, True, 1e30)]
    answer = buckets(*bad, ("web", "GET /", 2))
    answer["data"] += ["x", {"attributes": []}, {"attributes": {"by": 3}}]
    result = counted(tmp_path, json.dumps({"day": "2026-06-30", "answer": answer}))
    assert (len(result.rejects), result.counted("event")) == (9, {"/": 2})


def test_warnings_of_the_vendor_and_a_full_list_of_services_are_passed_on(tmp_path: Path) -> None:
    warned = buckets(
        ("web", "GET /", 1), warnings=[{"title": "partial", "detail": "bob@example.com"}]
    )
    many = [(f"s{n}", None, 0) for n in range(1000)]
    result = counted(tmp_path, line("services", *many), json.dumps({"answer": warned}))
    assert result.warnings == [
        "1,000 services are listed, the API's limit",
        "Datadog warns: partial <email>",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "an empty file, expected answers of Datadog"),
        (b"[]", "expected answers of Datadog"),
        (b"a,b\n", "expected answers of Datadog"),
        (b"<html>", "XML, expected"),
        (b"{}", "JSON without `data`"),
        (b'{"errors": ["Forbidden bob@example.com"]}', "Datadog answered: Forbidden <email>"),
        (b'{"data": [], "meta": {"status": "timeout"}}', "status 'timeout' is not whole"),
        (b'{"data": []}\n{"data": [', "line 2"),
        (b'{"data": [' + b"[" * 100_000, "expected answers"),
    ],
)
def test_what_is_no_whole_answer_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        parsed("datadog", tmp_path / "x.json", content)


NAMES = "data attributes by compute c0 service meta day resource_name answer asked errors status"


@settings(deadline=None)
@given(any_json(NAMES))
def test_any_json_gives_rows_rejects_or_a_refusal(value: object) -> None:
    for one in (value, {"answer": {"data": value}}, {"data": [{"attributes": value}]}):
        try:
            items = items_of("datadog", json.dumps(one).encode())
        except FormatError:
            continue
        assert all(isinstance(item, UsageCount | Reject | Warn | Tally) for item in items)
