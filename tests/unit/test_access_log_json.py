"""JSON lines as access logs: keys of five tools, keys of one's own, and whatever else is JSON."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.source import FormatError
from ingest.usage import request_lookups
from ingest.usage.json_log import DIALECTS
from ingest.usage.request_keys import latency_bucket
from tests.unit.access_log_support import (
    CHROME,
    JSON,
    Asked,
    as_json,
    caddy,
    envoy,
    kong,
    nginx_json,
    parsed,
    traefik,
)

NOON = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)


# ---- what stands around and between the lines ----------------------------------------------------


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


# ---- values --------------------------------------------------------------------------------------


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
    [1782820800, 1782820800.5, 1782820800_500, 1782820800_500_000, 1782820800_500_000_000,
     "1782820800.5", "2026-06-30T12:00:00Z", "2026-06-30 12:00:00.123456789 UTC",
     "2026-06-30T14:00:00,5+0200", "2026-06-30T12:00:00"],
)  # fmt: skip
def test_times_of_own_keys(tmp_path: Path, stamp: float | str) -> None:
    line = as_json({"t": stamp, "m": "GET", "u": "/cart"})
    result = parsed(tmp_path, line, log_format=None, files={"json": OWN})
    assert result.minutes[0]["minute"] == NOON
    assert bool(result.warnings) is (stamp == "2026-06-30T12:00:00")


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


# ---- users, tenants, monitors --------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"consumer": {"username": "ada", "id": "u-7"}},
        {"consumer": {"custom_id": "u-7", "username": None}},
        {"consumer": {"id": 7}},
    ],
)
def test_users_are_counted_and_never_named(tmp_path: Path, change: dict[str, Any]) -> None:
    nobody = kong(Asked(), consumer={"username": "-"})
    result = parsed(tmp_path, kong(Asked(), **change), kong(Asked()), nobody)
    (row,) = result.minutes
    assert (row["count"], row["with_user"]) == (3, 1)
    assert not any(name in repr(result) for name in ("ada", "u-7", "203.0.113"))


def test_headers_name_the_tenant_and_the_probes(tmp_path: Path) -> None:
    request = json.loads(kong(Asked()))["request"]
    marked = request["headers"] | {"x-synthetic-request": "true"}
    tenants = request["headers"] | {"x-tenant-id": ["acme", "other"]}
    result = parsed(
        tmp_path,
        kong(Asked(), request=request | {"headers": marked}),
        kong(Asked(), request=request | {"headers": tenants}),
        kong(Asked(), consumer={"username": "probe"}),
        synthetic_accounts=["probe"],
    )
    assert result.counted("actor") == {"synthetic": 2, "user": 1}
    assert sum(row["with_tenant"] for row in result.minutes) == 1
    assert "acme" not in repr(result)


def test_settings_name_other_keys_of_the_user_and_the_tenant(tmp_path: Path) -> None:
    result = parsed(
        tmp_path,
        kong(Asked(), auth={"sub": "u-7", "org": "acme"}, consumer={"username": "gateway"}),
        kong(Asked(), consumer={"username": "gateway"}),
        user_field="auth.sub",
        tenant_field="auth.org",
    )
    (row,) = result.minutes
    assert (row["with_user"], row["with_tenant"]) == (1, 1)


# ---- services ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "service"),
    [
        (kong(Asked(), service={"name": "cart-v2", "host": "10.0.0.7"}), "cart-v2"),
        (traefik(Asked(), ServiceName="cart@docker"), "cart"),
        (envoy(Asked(), upstream_cluster="cart_cluster"), "cart_cluster"),
        (
            envoy(Asked(), upstream_cluster="outbound|80||cart.shop.svc.local"),
            "cart.shop.svc.local",
        ),
        (envoy(Asked(), upstream_cluster="inbound|80||"), None),
        (envoy(Asked()), None),  # a route's name of Envoy Gateway
        (kong(Asked(), service={"name": None, "host": "10.0.0.7"}), None),
        (kong(Asked(), service={"name": "ada\n@x"}), None),
        (kong(Asked(), service={"name": "x" * 81}), None),
        (kong(Asked(), service={"name": "sk_live_" + "abcdefghijkl0123"}), None),
        (caddy(Asked()), None),
        (nginx_json(Asked()), None),
    ],
)
def test_a_log_names_services_only_by_names_of_the_operator(
    tmp_path: Path, line: str, service: str | None
) -> None:
    result = parsed(tmp_path, line)
    assert result.counted("service") == {service: 1}
    for table in ("request_minutes", "request_latency"):
        assert result.counted("service", table=table) == {service: 1}


def test_the_settings_come_before_the_log(tmp_path: Path) -> None:
    lines = [kong(Asked(), service={"name": name}) for name in ("cart", "orders")]
    assert parsed(tmp_path, *lines).counted("service") == {"cart": 1, "orders": 1}
    told = parsed(tmp_path, *lines, files={"service": "gateway"})
    assert told.counted("service", "event") == {("gateway", "/cart"): 2}


def test_numbers_of_routes_are_bounded_over_all_services(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_lookups, "_MOST_NUMBERS", 9)
    named = [({"name": f"s-{n % 20}"}, f"/r{n % 3}") for n in range(120)]
    lines = [kong(Asked(uri=uri), service=service) for service, uri in named]
    counted = parsed(tmp_path, *lines).counted("service", "event")
    assert len(counted) == 11
    assert counted[None, "(other)"] == 120 - 10 * 2
    assert sum(counted.values()) == 120


def test_services_are_bounded_and_the_sums_stay_right(tmp_path: Path) -> None:
    lines = [kong(Asked(uri=f"/r{n % 7}"), service={"name": f"s-{n}"}) for n in range(400)]
    counted = parsed(tmp_path, *lines).counted("service")
    assert len(counted) == 201
    assert counted[None] == 200


# ---- keys of one's own ---------------------------------------------------------------------------

OWN = {"stamp": "t", "method": "m", "uri": "u"}


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


# ---- any JSON ------------------------------------------------------------------------------------

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
