"""OpenTelemetry spans as the collector writes them: what is a use, of what, by whom."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from ingest.source import DamagedError, FormatError
from ingest.usage import span_entries
from ingest.usage.request_keys import latency_bucket
from tests.unit.span_support import (
    CHROME,
    CLIENT,
    CONSUMER,
    INTERNAL,
    NOON,
    PRODUCER,
    SERVER,
    block,
    document,
    lines,
    parsed,
    span,
)
from tests.unit.usage_support import Result
from tests.unit.zstd_support import zstd


def counted(tmp_path: Path, *blocks: object, **options: Any) -> Result:
    """The spans through the parser, as one line; the accounting is exact."""
    result = parsed("otlp", tmp_path / "traces.json", lines([document(*blocks)]), options=options)
    result.check_accounting()
    return result


# ---- what counts as a use -----------------------------------------------------------------------


def test_a_span_is_counted_as_a_line_of_an_access_log_is(tmp_path: Path) -> None:
    said = {"http.request.method": "get", "http.route": "/cart", "http.response.status_code": 404}
    one = span(said=said | {"user_agent.original": CHROME, "enduser.id": "bob@example.com"})
    result = counted(tmp_path, block(one, **{"service.version": "5.2.0"}))
    assert result.requests == [
        {
            "day": dt.date(2026, 6, 30), "kind": "span", "service": "web", "event": "/cart",
            "method": "GET", "platform": "web", "browser": "chrome", "device": "desktop",
            "persona": None, "tier": None, "version": "5.2.0", "locale": None, "experiment": None,
            "actor": "user", "count": 1, "users": None,
        }
    ]  # fmt: skip
    [minute], [latency] = result.minutes, result.latencies
    assert minute["minute"] == dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)
    assert (minute["status_class"], minute["version"], minute["bytes"]) == ("4xx", "5.2.0", None)
    assert [minute[f"with_{what}"] for what in ("status", "latency", "route", "user", "tenant")] == [
        1, 1, 1, 1, 0,
    ]  # fmt: skip
    assert latency["bucket"] == latency_bucket(20)
    assert "bob" not in str(result.rows)


def test_a_call_between_services_counts_once_for_each_service_and_its_client_span_never(
    tmp_path: Path,
) -> None:
    calls = (span(1), span(2, CLIENT, 1), span(3, INTERNAL, 1), span(4, PRODUCER, 1))
    result = counted(
        tmp_path,
        block(*calls, service="web"),
        block(span(5, SERVER, 2), service="cart"),
        block(span(6, CONSUMER, 4), service="mail"),
    )
    assert result.counted("service") == {"web": 1, "cart": 1, "mail": 1}
    assert (result.tally["read"], result.tally["other"], result.tally["user"]) == (6, 3, 3)


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
@pytest.mark.parametrize("apart", [False, True])
def test_a_server_span_below_a_span_of_its_service_is_a_part_of_that(
    tmp_path: Path, order: tuple[int, ...], apart: bool
) -> None:
    spans = {1: span(1), 2: span(2, INTERNAL, 1), 3: span(3, SERVER, 2)}
    blocks = [block(*(spans[n] for n in order))]
    if apart:
        blocks = [block(spans[n]) for n in order]
    texts = [document(one) for one in blocks]
    result = parsed("otlp", tmp_path / "traces.jsonl", lines(texts))
    result.check_accounting()
    assert (result.tally["user"], result.tally["other"]) == (1, 2)


def test_a_message_that_is_polled_for_counts_and_one_that_its_own_server_sent_does_not(
    tmp_path: Path,
) -> None:
    polled = (span(1, CLIENT), span(2, CONSUMER, 1), span(3, INTERNAL), span(4, CONSUMER, 3))
    nested = (span(5, CONSUMER), span(6, CONSUMER, 5), span(7, PRODUCER, 5), span(8, CONSUMER, 7))
    result = counted(tmp_path, block(*polled, *nested))
    assert result.tally["user"] == 3  # 2, 4 and 5


@pytest.mark.parametrize(
    ("flags", "uses"), [(0x101, 0), (0x301, 1), (0x1, 1), ("257", 0), (None, 1)]
)
def test_the_flags_say_of_a_parent_that_is_not_in_the_file_whether_it_is_local(
    tmp_path: Path, flags: object, uses: int
) -> None:
    assert counted(tmp_path, block(span(2, SERVER, 1, flags=flags))).tally["user"] == uses


def test_a_span_that_was_sent_twice_is_a_duplicate_in_whichever_case_its_ids_are(
    tmp_path: Path,
) -> None:
    again = span(0xABC)
    again |= {name: again[name].upper() for name in ("traceId", "spanId")}
    other_trace = span(0xABC, traceId="5b8efff798038103d269b633813fc60d")
    result = counted(
        tmp_path, block(span(0xABC), span(7, CLIENT)), block(again, span(7, CLIENT), other_trace)
    )
    assert (result.tally["user"], result.tally["other"], result.tally["duplicate"]) == (2, 1, 2)


def test_spans_without_an_id_are_no_duplicates_of_each_other(tmp_path: Path) -> None:
    blank = [span(spanId=text, traceId="") for text in ("", "", None, "0" * 16)]
    assert counted(tmp_path, block(*blank)).tally["user"] == 4


def test_what_is_remembered_is_bounded_and_nothing_is_lost_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(span_entries, "HELD", 3)
    far = [span(100 + n, SERVER, 500 + n) for n in range(20)]
    result = counted(tmp_path, block(*far, *far[-3:]))
    assert (result.tally["user"], result.tally["duplicate"]) == (20, 3)
    siblings = [span(100 + n, SERVER, 7) for n in range(20)]
    assert counted(tmp_path, block(*siblings, span(7, CLIENT))).tally["user"] >= 16


def test_only_the_environments_that_the_settings_name_count(tmp_path: Path) -> None:
    blocks = [
        block(span(1), **{"deployment.environment.name": "Production"}),
        block(span(2), **{"deployment.environment": "production"}),
        block(span(3), **{"deployment.environment": "staging"}),
        block(span(4)),
    ]
    assert counted(tmp_path, *blocks).tally["user"] == 4
    result = counted(tmp_path, *blocks, environments=["production"])
    assert (result.tally["user"], result.tally["other"]) == (2, 2)
    assert "1 server and consumer spans name no deployment.environment" in result.warnings[0]


@pytest.mark.parametrize(
    ("said", "actor"),
    [
        ({"user_agent.original": CHROME}, "user"),
        ({"user_agent.original": "SyntheticMonitor/1.0"}, "synthetic"),
        ({"http.user_agent": "Googlebot/2.1"}, "bot"),
        ({"http.request.header.x-synthetic-request": ["true"]}, "synthetic"),
        ({"http.request.header.x-synthetic-request": "TRUE"}, "synthetic"),
        ({"http.request.header.x-synthetic-request": ["false"]}, "user"),
        ({"http.request.header.x-synthetic-request": []}, "user"),
        ({"user_agent.synthetic.type": "bot"}, "bot"),
        ({"user_agent.synthetic.type": "test"}, "synthetic"),
        ({"enduser.id": "probe"}, "synthetic"),
        ({"enduser.id": "bob"}, "user"),
    ],
)
def test_bots_and_monitors_are_told_apart(
    tmp_path: Path, said: dict[str, object], actor: str
) -> None:
    one = span(said={"http.route": "/cart", **said})
    result = counted(tmp_path, block(one), synthetic_accounts=["probe"])
    assert result.counted("actor") == {actor: 1}


def test_the_settings_name_attributes_of_user_and_tenant(tmp_path: Path) -> None:
    one = span(said={"shop.customer": "4711", "shop.tenant": "acme"})
    result = counted(
        tmp_path, block(one), user_attribute="shop.customer", tenant_attribute="shop.tenant"
    )
    assert (result.minutes[0]["with_user"], result.minutes[0]["with_tenant"]) == (1, 1)
    assert "acme" not in str(result.rows)


def test_a_file_without_any_entry_says_so(tmp_path: Path) -> None:
    result = counted(tmp_path, block(span(1, CLIENT), span(2, 0), span(3, "SPAN_KIND_INTERNAL")))
    assert result.tally["other"] == 3
    assert result.warnings == ["of 3 spans none is a server's or a consumer's entry"]


# ---- conventions and spellings ------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        {"http.request.method": "GET", "http.route": "/cart/{id}", "url.path": "/cart/17"},
        {"http.method": "GET", "http.route": "/cart/:id", "http.target": "/cart/17?mail=a@b.c"},
        {"http.method": "GET", "http.target": "/cart/17?mail=a@b.c"},
        {"http.request.method": "GET", "url.path": "/cart/17", "url.query": "mail=a@b.c"},
        {"http.method": "GET", "http.url": "https://bob:pw@shop.example.com/cart/17?x=1"},
        {"http.request.method": "GET", "url.full": "https://shop.example.com/cart/17#top"},
    ],
)
def test_old_and_new_names_of_attributes_say_the_same(
    tmp_path: Path, said: dict[str, object]
) -> None:
    result = counted(tmp_path, block(span(said=said)))
    assert result.counted("method", "event") == {("GET", "/cart/{id}"): 1}


@pytest.mark.parametrize("kind", [2, 2.0, "2", "SPAN_KIND_SERVER", "server"])
@pytest.mark.parametrize("stamp", [NOON, str(NOON), float(NOON)])
def test_numbers_and_kinds_may_be_written_as_text(
    tmp_path: Path, kind: object, stamp: object
) -> None:
    one = span(kind=kind, startTimeUnixNano=stamp, endTimeUnixNano=None)
    result = counted(tmp_path, block(one))
    assert result.counted("day") == {dt.date(2026, 6, 30): 1}
    assert result.latencies == []


@pytest.mark.parametrize(
    ("status", "found"),
    [({"intValue": "503"}, "5xx"), ({"intValue": 204}, "2xx"), ({"stringValue": "302"}, "3xx"),
     ({"doubleValue": 200.0}, None), ({"intValue": 0}, None), ({}, None), (None, None), (7, None)],
)  # fmt: skip
def test_a_status_is_read_however_it_is_written(
    tmp_path: Path, status: object, found: str | None
) -> None:
    one = span()
    one["attributes"].append({"key": "http.status_code", "value": status})
    assert counted(tmp_path, block(one)).counted("status_class", table="request_minutes") == {
        found: 1
    }


def test_rpc_and_messages_are_counted_by_the_name_of_their_span(tmp_path: Path) -> None:
    rpc = {"rpc.system": "grpc", "http.request.method": "POST", "url.path": "/shop.Cart/Add"}
    spans = [
        span(1, name="shop.Cart/Add", said=rpc),
        span(2, CONSUMER, name="orders process", said={"messaging.system": "kafka"}),
        span(
            3,
            CONSUMER,
            name="process order 4711 of bob@example.com",
            said={"messaging.system": "x"},
        ),
    ]
    assert counted(tmp_path, block(*spans)).counted("method", "event") == {
        (None, "shop.Cart/Add"): 1,
        (None, "orders process"): 1,
        (None, "process order {id} of <email>"): 1,
    }


def test_files_for_the_browser_are_static_as_in_a_log(tmp_path: Path) -> None:
    said = {"http.request.method": "GET", "http.route": "/**", "url.path": "/assets/app.4f.js"}
    page = said | {"url.path": "/help/contact"}
    result = counted(tmp_path, block(span(1, said=said), span(2, said=page)))
    assert result.tally["static"] == 1
    assert result.counted("event") == {"/help/contact": 1}


def test_routes_names_services_and_versions_are_bounded(tmp_path: Path) -> None:
    spans = [span(n, name=f"n{n} x", said={"rpc.system": "x"}) for n in range(1, 40)]
    paths = [span(100 + n, said={"url.path": f"/a{n}x/b"}) for n in range(40)]
    result = counted(tmp_path, block(*spans, *paths), max_routes=10)
    assert len(result.counted("event")) <= 10 + 10 + 2
    assert result.counted("event")["(other)"] > 20


# ---- shapes of the file -------------------------------------------------------------------------


def test_a_whole_document_and_lines_of_it_give_the_same(tmp_path: Path) -> None:
    texts = [document(block(span(1))), document(block(span(2, SERVER, 1)), block(span(3)))]
    several = parsed(
        "otlp", tmp_path / "a.jsonl", b"\xef\xbb\xbf" + lines([texts[0], "", texts[1]])
    )
    whole = {"resourceSpans": [one for text in texts for one in json.loads(text)["resourceSpans"]]}
    for indent in (None, 2):
        one = parsed("otlp", tmp_path / "b.json", json.dumps(whole, indent=indent).encode())
        assert (one.rows, one.tally) == (several.rows, several.tally)
    assert several.tally["user"] == 2


def framed(*messages: bytes) -> bytes:
    return b"".join(len(message).to_bytes(4, "big") + message for message in messages)


def test_messages_that_the_collector_compressed_one_by_one_are_read(tmp_path: Path) -> None:
    texts = [document(block(span(n))).encode() for n in (1, 2, 3)]
    for content in (framed(*map(zstd.compress, texts)), framed(*texts)):
        assert parsed("otlp", tmp_path / "traces", content).tally["user"] == 3
        with pytest.raises(DamagedError, match="ends early"):
            parsed("otlp", tmp_path / "traces", content[:-5])
    with pytest.raises(FormatError, match=r"binary messages \(protobuf\?\)"):
        parsed("otlp", tmp_path / "traces", framed(b"\x0a\x80\x01"))
    with pytest.raises(FormatError, match=r"binary messages \(protobuf\?\)"):
        parsed("otlp", tmp_path / "traces", framed(zstd.compress(b"\x0a\x80\x01")))


def test_spans_of_before_2022_stand_below_instrumentation_libraries(tmp_path: Path) -> None:
    old = block(span(1))
    old["instrumentationLibrarySpans"] = old.pop("scopeSpans")
    assert counted(tmp_path, old).tally["user"] == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "an empty file, expected OTLP/JSON traces"),
        (b"  \n \n", "an empty file"),
        (b'{"resourceLogs": []}', "OTLP logs, expected"),
        (b'{"resourceMetrics": []}', "OTLP metrics, expected"),
        (b'{"resource_spans": []}', "not camelCase"),
        (b'{"data": [{"traceID": "1"}]}', "Jaeger"),
        (b'{"resourceSpans": {}}', "Expected"),
        (b"[1, 2]", "expected OTLP"),
        (b"<html>", "XML, expected"),
        (b"a,b,c\n1,2,3\n", "CSV, expected"),
        (b"\xff\xfe{\x00}\x00", "UTF-16"),
        (b"\x00" * 99, "binary messages"),
        (b'{"resourceSpans": [' + b"[" * 100_000, "nested too deep|cut off"),
        (b'{"resourceSpans": [{"scopeSpans"', "cut off"),
    ],
)
def test_a_file_of_another_format_is_refused_by_name(
    tmp_path: Path, content: bytes, said: str
) -> None:
    with pytest.raises(FormatError, match=said):
        parsed("otlp", tmp_path / "x.json", content)


def test_what_cannot_be_read_is_a_reject_and_the_rest_counts(tmp_path: Path) -> None:
    odd = [
        span(1), span(2, startTimeUnixNano="0"), span(3, startTimeUnixNano="soon"), "text", None,
        span(4, traceId=7), span(5, name=["x"]), span(6, attributes={}), span(7, startTimeUnixNano=-1),
        span(8, startTimeUnixNano="99999999999999999999"), span(9),
    ]  # fmt: skip
    texts = [
        document(block(*odd), "resource", {"scopeSpans": 3}),
        '{"resourceSpans"',
        '{"x": 1}',
        document(block(span(10))),
    ]
    result = parsed("otlp", tmp_path / "x.jsonl", lines(texts))
    result.check_accounting()
    assert (result.tally["read"], result.tally["user"]) == (11 + 2 + 2 + 1, 3)
    assert [reject.position for reject in result.rejects] == [*range(2, 11), 12, 13, 14, 15]
    assert {reject.excerpt for reject in result.rejects} == {""}


def test_a_span_that_needs_no_time_is_counted_without_one(tmp_path: Path) -> None:
    assert (
        counted(tmp_path, block(span(1, CLIENT, startTimeUnixNano=None), span(2))).tally["other"]
        == 1
    )


def test_options_that_there_are_none_of_are_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"\[sources.otlp\] of gapsight.toml"):
        parsed("otlp", tmp_path / "x.json", b"{}", options={"environment": "production"})
