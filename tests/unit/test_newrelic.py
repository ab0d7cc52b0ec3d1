"""New Relic's counts of spans: from a server on loopback, and what becomes of its answers."""

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

API = apis.get("newrelic")
DAY = dt.date(2026, 6, 30)
# The night in which the clocks go forward has 23 hours.
WINDOW = Window(dt.date(2026, 3, 28), dt.date(2026, 3, 29), "Europe/Berlin")


def group(count: object, **said: object) -> dict[str, object]:
    """A row as NerdGraph has it; `service_name` stands for service.name."""
    named = {name.replace("_", "."): value for name, value in said.items()}
    return {"facet": list(named.values()), "count": count, **named}


def found(*rows: Any, total: object = None) -> dict[str, Any]:
    if total is None:
        total = sum(row["count"] for row in rows if isinstance(row, dict))
    account = {"rows": {"results": list(rows)}, "total": {"results": [{"count": total}]}}
    return {"data": {"actor": {"account": account}}}


def fetched(
    answer: Callable[[Asked], Reply], window: Window = WINDOW, **more: object
) -> tuple[dict[str, bytes], list[Asked]]:
    with Vendor(answer) as vendor:
        entry = {"name": "prod", "account_id": 7, "api_key_env": "NR", "api_key": "NRAK-secret",
                 "base_url": vendor.url, **more}  # fmt: skip
        files = {}
        for one in API.fetch(entry, window, Access(sleep=lambda _: None)):
            assert not isinstance(one.content, bytes)
            files[f"{one.day}/{one.name}"] = gzip.decompress(one.content.read())
        return files, vendor.asked


def counted(tmp_path: Path, *texts: str, **context: Any) -> Result:
    """The lines through the parser: a record is a row, and every one is in a class."""
    result = parsed("newrelic", tmp_path / "x.jsonl", lines(texts), **context)
    tally = result.tally
    assert tally["read"] == tally["user"] + tally["static"] + len(result.rejects)
    assert tally["user"] == len(result.requests)
    return result


def test_groups_and_their_total_are_asked_for_each_day_at_once(tmp_path: Path) -> None:
    rows = (group(30, service_name="web", name="GET /"), group(5, service_name="cart", name="Add"))
    files, asked = fetched(in_turn(reply(found(*rows))))
    assert list(files) == ["2026-03-28/prod.jsonl.gz", "2026-03-29/prod.jsonl.gz"]
    assert [one.path for one in asked] == ["/graphql"] * 2
    assert asked[0].headers["api-key"] == "NRAK-secret"
    variables = asked[1].json["variables"]
    assert variables == {
        "account": 7,
        "rows": "SELECT count(*) FROM Span WHERE span.kind IN ('server', 'consumer')"
        " FACET service.name, name SINCE 1774738800000 UNTIL 1774821600000 LIMIT MAX",
        "total": "SELECT count(*) FROM Span WHERE span.kind IN ('server', 'consumer')"
        " SINCE 1774738800000 UNTIL 1774821600000",
    }
    assert (1774821600000 - 1774738800000) / 3_600_000 == 23
    result = counted(tmp_path, *files["2026-03-29/prod.jsonl.gz"].decode().splitlines())
    assert result.counted("day", "service", "method", "event") == {
        (dt.date(2026, 3, 29), "web", "GET", "/"): 30,
        (dt.date(2026, 3, 29), "cart", None, "Add"): 5,
    }
    assert result.warnings == []


def test_what_the_groups_do_not_hold_is_counted_and_said(tmp_path: Path) -> None:
    rows = [group(1, service_name="web", name=f"GET /p{n}x") for n in range(5000)]
    files, _ = fetched(in_turn(reply(found(*rows, total=7000))), Window(DAY, DAY))
    [content] = files.values()
    result = counted(tmp_path, *content.decode().splitlines(), options={"max_routes": 20_000})
    assert sum(row["count"] for row in result.requests) == 7000
    assert result.counted("event")["(other)"] == 2000
    assert "2,000 of 7,000 spans are in none of the answer's groups" in result.warnings[0]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT count(*) FROM Span FACET name SINCE 1 day ago", "names SINCE"),
        ("SELECT count(*) FROM Span FACET name limit 10", "names LIMIT"),
        ("SELECT count(*) FROM Span", "has no FACET"),
    ],
)
def test_a_query_that_does_not_fit_is_refused_before_it_is_asked(query: str, said: str) -> None:
    with pytest.raises(ApiError, match=said):
        fetched(in_turn(reply(found())), query=query)


def test_a_query_of_ones_own_is_asked_with_times_and_limit() -> None:
    _, asked = fetched(
        in_turn(reply(found())),
        Window(DAY, DAY),
        query="FROM Transaction SELECT count(*) facet appName, name",
    )
    variables = asked[0].json["variables"]
    assert variables["rows"].startswith(
        "FROM Transaction SELECT count(*) facet appName, name SINCE "
    )
    assert variables["total"].startswith("FROM Transaction SELECT count(*) SINCE ")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            reply({"errors": [{"message": "NRQL Syntax Error: unexpected 'FACTE'"}]}),
            "unexpected 'FACTE'",
        ),
        (
            reply({"data": {"actor": {"account": None}}, "errors": [{"message": "Timeout"}]}),
            "Timeout",
        ),
        (reply({"data": {"actor": {"account": None}}}), "has the key access to 7"),
        (reply({"data": {"actor": {"account": {"rows": {"results": []}}}}}), "without results"),
        (reply({"errors": "x"}), "not what was expected"),
        (reply({"error": "NRAK-secret"}, "401 Unauthorized"), "<secret>"),
        (reply({"error": "x"}, "403 Forbidden"), "check the user key in NR, and the region 'us'"),
        (reply(b'{"data": {', Content_Type="application/json"), "not what was expected"),
        (reply(b"<html>Sign in</html>", Content_Type="text/html"), "Sign in"),
        (reply(b"", "429 Too Many Requests", Retry_After="900"), "in 900 s"),
    ],
)
def test_one_answer_that_fails_leaves_nothing(answer: bytes, said: str) -> None:
    with pytest.raises(ApiError) as error:
        fetched(in_turn(reply(found()), answer))
    assert said in str(error.value)
    assert "NRAK-secret" not in str(error.value)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (group(1, service_name="web", http_route="/o/:id", http_request_method="PUT", name="PUT"),
         ("web", "PUT", "/o/{id}", None)),
        (group(1, entity_name="web", http_target="/o/17?x=1", http_method="GET"),
         ("web", "GET", "/o/{id}", None)),
        (group(1, appName="Shop", name="WebTransaction/Expressjs/GET//cart"),
         ("Shop", None, "WebTransaction/Expressjs/GET//cart", None)),
        (group(1, service_name="web", name="GET /", service_version="5.2"), ("web", "GET", "/", "5.2")),
        (group(1, service_name=None, name="GET /"), (None, "GET", "/", None)),
        (group(1, service_name="bob@example.com", name="mail bob@example.com"),
         ("<email>", None, "mail <email>", None)),
        ({"count": 1, "facet": "x"}, (None, None, "(other)", None)),
    ],
)  # fmt: skip
def test_facets_are_known_by_their_names(
    tmp_path: Path, row: object, expected: tuple[str | None, ...]
) -> None:
    [got] = counted(tmp_path, json.dumps(found(row))).requests
    assert (got["service"], got["method"], got["event"], got["version"]) == expected
    assert got["day"] == DAY


def test_the_answer_to_a_plain_query_is_read_too(tmp_path: Path) -> None:
    answer = {"data": {"actor": {"account": {"nrql": {"results": [group(3, name="GET /")]}}}}}
    assert counted(tmp_path, json.dumps(answer)).counted("event") == {"/": 3}


def test_a_row_that_cannot_be_counted_is_a_reject(tmp_path: Path) -> None:
    rows = [group(count, name="x") for count in (1.5, -1, 10**16, True)]
    result = counted(tmp_path, json.dumps(found(*rows, "x", None, group(2, name="y"), total=2)))
    assert (len(result.rejects), result.counted("event")) == (6, {"y": 2})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "an empty file, expected answers of New Relic"),
        (b"[]", "expected answers of New Relic"),
        (b"<html>", "XML, expected"),
        (b"{}", "JSON without results"),
        (b'{"errors": [{"message": "no, bob@example.com"}]}', "New Relic answered: no, <email>"),
        (b'{"data": {"actor": {"account": {"rows": {}}}}}', "JSON without results"),
        (b'{"data": {"actor": {', "expected answers"),
        (b'{"data": ' + b"[" * 100_000, "expected answers"),
    ],
)
def test_what_is_no_whole_answer_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        parsed("newrelic", tmp_path / "x.json", content)


NAMES = "data actor account rows total results count name facet answer day errors message"


@settings(deadline=None)
@given(any_json(NAMES))
def test_any_json_gives_rows_rejects_or_a_refusal(value: object) -> None:
    whole = found(value, total=3 if isinstance(value, dict) else value or 0)
    for one in (value, whole, {"data": {"actor": {"account": value}}}):
        try:
            items = items_of("newrelic", json.dumps(one).encode())
        except FormatError:
            continue
        assert all(isinstance(item, UsageCount | Reject | Warn | Tally) for item in items)
