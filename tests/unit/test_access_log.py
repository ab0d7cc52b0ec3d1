"""Access logs become counts, and every line is accounted for.

`reference` reads a line by hand, knows nothing of the parser's expressions, and decides what fits:
the parser must agree with it about every line.
"""

import datetime as dt
import gzip
import math
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.files.blocks import LONGEST_LINE, read_blocks
from ingest.source import FormatError
from ingest.sources.access_log import SOURCE
from ingest.usage import request_counts
from ingest.usage.request_keys import latency_bucket
from tests.unit.usage_support import Result, packed, read

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/138.0.0.0 Safari/537.36"
)
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def line(request: str = "GET /cart HTTP/1.1", **other: str) -> str:
    """One line of combined with request time."""
    value = {
        "client": "203.0.113.7",
        "ident": "-",
        "user": "-",
        "stamp": "30/Jun/2026:12:00:00 +0200",
        "status": "200",
        "size": "512",
        "referer": "-",
        "agent": CHROME,
        "seconds": "0.250",
    } | other
    head = f"{value['client']} {value['ident']} {value['user']} [{value['stamp']}]"
    tail = f'{value["status"]} {value["size"]} "{value["referer"]}" "{value["agent"]}"'
    return f'{head} "{request}" {tail} {value["seconds"]}'


def log(path: Path, *lines: str | bytes, end: bytes = b"\n") -> Path:
    raw = [text if isinstance(text, bytes) else text.encode("latin-1") for text in lines]
    path.write_bytes(b"".join(text + end for text in raw))
    return path


def options(log_format: str = "combined_time", **other: Any) -> dict[str, Any]:
    files = [{"match": "*", "service": "shop-web", "log_format": log_format}]
    return {"options": {"files": files, **other}, "reporting_zone": "Europe/Berlin"}


def parsed(tmp_path: Path, *lines: str | bytes, **other: Any) -> Result:
    result = read(SOURCE, log(tmp_path / "a.log", *lines), **{**options(), **other})
    result.check_accounting()
    return result


def test_a_line_is_one_request_of_its_day_minute_and_latency(tmp_path: Path) -> None:
    result = parsed(tmp_path, line("POST /orders/4711?mail=ada%40example.com HTTP/1.1"))
    (row,) = result.requests
    assert row == {
        "day": dt.date(2026, 6, 30), "kind": "request", "service": "shop-web",
        "event": "/orders/{id}", "method": "POST", "platform": "web", "browser": "chrome",
        "device": "desktop", "persona": None, "tier": None, "version": None, "locale": None,
        "experiment": None, "actor": "user", "count": 1, "users": None,
    }  # fmt: skip
    (minute,) = result.minutes
    assert minute == {
        "day": dt.date(2026, 6, 30), "minute": dt.datetime(2026, 6, 30, 10, 0, tzinfo=dt.UTC),
        "service": "shop-web", "route": "/orders/{id}", "method": "POST", "status_class": "2xx",
        "version": None, "actor": "user", "count": 1, "bytes": 512, "with_status": 1,
        "with_latency": 1, "with_route": 1, "with_user": 0, "with_tenant": 0,
    }  # fmt: skip
    (latency,) = result.latencies
    assert (latency["bucket"], latency["count"]) == (math.floor(math.log(250) / math.log(1.08)), 1)
    assert result.tally == result.tally | {"read": 1, "user": 1}


def test_a_day_is_one_of_the_reporting_zone(tmp_path: Path) -> None:
    stamps = [
        "29/Jun/2026:21:59:59 +0000",
        "29/Jun/2026:22:00:00 +0000",
        "30/Jun/2026:03:29:59 +0530",
    ]
    result = parsed(tmp_path, *(line(stamp=stamp) for stamp in stamps))
    assert result.counted("day") == {dt.date(2026, 6, 29): 2, dt.date(2026, 6, 30): 1}
    minutes = {row["minute"].strftime("%d %H:%M") for row in result.minutes}
    assert minutes == {"29 21:59", "29 22:00"}


def test_every_class_is_counted_and_only_people_monitors_and_bots_have_rows(tmp_path: Path) -> None:
    result = parsed(
        tmp_path,
        line(),
        line("GET /app.js HTTP/1.1"),
        line("GET /favicon.ico HTTP/1.1", agent=GOOGLEBOT),
        line(agent="SyntheticMonitor/2.1 (+https://status.example.com)"),
        line(user="synthetic-probe"),
        line(agent=GOOGLEBOT),
        line(agent="-"),
        line("-", status="400", agent="-"),
        line(r"\x16\x03\x01\x02", status="400"),
        line(""),
        line("OPTIONS * HTTP/1.0"),
        "",
        "   ",
        "garbage",
        **options(synthetic_accounts=["synthetic-probe"]),
    )
    expected = {"read": 14, "user": 1, "static": 2, "synthetic": 2, "bot": 2, "other": 6}
    assert result.tally == result.tally | expected
    assert [reject.position for reject in result.rejects] == [14]
    assert result.counted("actor") == {"user": 1, "synthetic": 2, "bot": 2}


def test_bytes_that_are_no_utf8_stop_nothing(tmp_path: Path) -> None:
    strange = line("GET /a HTTP/1.1").encode().replace(b"/a", b"/\xa4\xe5\xff\x00")
    result = parsed(tmp_path, strange, line(), line(agent="\xff\xfe"))
    assert result.counted("event") == {"/{value}": 1, "/cart": 2}


def test_escapes_of_nginx_and_apache(tmp_path: Path) -> None:
    result = parsed(
        tmp_path,
        line(agent=r"Chrome \x22quoted\x22"),
        line(agent=r"say \"quoted\" and \\"),
        line(referer=r"\"", agent=r"\\\""),
        line(r"GET /\"x\" HTTP/1.1"),
        line(user='""'),  # how Apache writes an empty name
    )
    assert [reject.position for reject in result.rejects] == [5]
    assert result.counted("event") == {"/cart": 3, "/{value}": 1}


def test_an_unclosed_quote_costs_its_own_line_only(tmp_path: Path) -> None:
    unclosed = line()[:-20].rstrip('"')
    lines = [
        line(),
        unclosed,
        line("GET /after HTTP/1.1"),
        line(r"GET /\ HTTP/1.1", agent="cut \\"),
    ]
    result = parsed(tmp_path, *lines, line("GET /last HTTP/1.1"))
    assert [reject.position for reject in result.rejects] == [2, 4]
    assert result.counted("event") == {"/cart": 1, "/after": 1, "/last": 1}


def test_two_lines_glued_together_are_no_request(tmp_path: Path) -> None:
    glued = [line()[: line().index("[") + 8] + line(), line() + line(), line()[:60] + line()]
    result = parsed(tmp_path, *glued, line())
    assert len(result.rejects) == 3
    assert result.tally["user"] == 1


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [b"", b"x"])
def test_line_ends(tmp_path: Path, end: bytes, last: bytes) -> None:
    path = log(tmp_path / "a.log", line(), "", line(), end=end)
    path.write_bytes(path.read_bytes() + (line().encode() if last else b""))
    result = read(SOURCE, path, **options())
    result.check_accounting()
    assert result.tally["read"] == 3 + len(last)
    assert result.tally["user"] == 2 + len(last)
    assert result.tally["other"] == 1


def test_an_empty_file_is_a_quiet_service(tmp_path: Path) -> None:
    assert parsed(tmp_path).tally.total() == 0
    blank = parsed(tmp_path, "", "", " ")
    assert blank.tally == blank.tally | {"read": 3, "other": 3}
    assert not blank.rows


def test_a_byte_order_mark(tmp_path: Path) -> None:
    assert parsed(tmp_path, b"\xef\xbb\xbf" + line().encode(), line()).tally["user"] == 2


def test_clients_and_users_of_all_kinds(tmp_path: Path) -> None:
    result = parsed(
        tmp_path,
        line(client="2001:db8::7:1", user="ada"),
        line(client="unix:", user="ada lovelace"),
        line(client="host-7.example.com", user="a[b"),
        line(user="ada", agent=GOOGLEBOT),
    )
    assert not result.rejects
    assert sum(row["with_user"] for row in result.minutes) == 4
    everything = repr(result)
    assert "ada" not in everything
    assert "db8" not in everything


@pytest.mark.parametrize(
    "stamp",
    ["31/Feb/2026:12:00:00 +0200", "30/Foo/2026:12:00:00 +0200", "30/Jun/2026:24:00:00 +0200",
     "30/Jun/2026:12:61:00 +0200", "30/Jun/2026:12:00:00 +9900", "30/Jun/0001:12:00:00 +0000",
     "30/Jun/9999:12:00:00 +0000", "30/Jun/2026 12:00:00 +0200", "1782820800 +0000"],
)  # fmt: skip
def test_impossible_times_are_rejected_and_take_no_other_line_with_them(
    tmp_path: Path, stamp: str
) -> None:
    lines = [line() for _ in range(50)]
    result = parsed(tmp_path, *lines, line(stamp=stamp), *lines)
    assert [reject.position for reject in result.rejects] == [51]
    assert result.tally["user"] == 100


def test_rejects_say_where_and_show_nothing_personal(tmp_path: Path) -> None:
    broken = line("GET /a?mail=ada@example.com HTTP/1.1", user="ada")[:-9] + " token=abc"
    result = parsed(tmp_path, line(), broken)
    (reject,) = result.rejects
    assert reject.position == 2
    assert "combined_time" in reject.reason
    assert reject.excerpt.startswith("<client> [30/Jun/2026")
    assert not any(secret in reject.excerpt for secret in ("ada", "203.0.113", "abc"))


def test_a_line_that_ends_in_its_head_does_not_name_the_user(tmp_path: Path) -> None:
    (reject,) = parsed(tmp_path, line(), "203.0.113.7 - ada").rejects
    assert "ada" not in reject.excerpt
    assert "203" not in reject.excerpt


def test_every_reject_is_yielded_not_only_the_first_thousand(tmp_path: Path) -> None:
    result = parsed(tmp_path, line(), *["broken"] * 2500)
    assert len(result.rejects) == 2500
    assert result.rejects[-1].position == 2501


def test_a_line_without_end_costs_little_memory(tmp_path: Path) -> None:
    long = line("GET /" + "x" * (3 * LONGEST_LINE) + " HTTP/1.1")
    result = parsed(tmp_path, line(), long, line())
    assert [reject.position for reject in result.rejects] == [2]
    assert max(len(block.data) for block in read_blocks(tmp_path / "a.log")) < 3 * LONGEST_LINE


def test_gzip_plain_and_in_several_members(tmp_path: Path) -> None:
    text = "".join(line() + "\n" for _ in range(100)).encode()
    plain = read(SOURCE, log(tmp_path / "a.log", text, end=b""), **options())
    whole = read(SOURCE, packed(tmp_path / "b.log", text), **options())  # whatever its name
    (tmp_path / "c.gz").write_bytes(gzip.compress(text[:2000]) + gzip.compress(text[2000:]))
    parts = read(SOURCE, tmp_path / "c.gz", **options())
    assert plain == whole == parts
    assert plain.tally["user"] == 100


@pytest.mark.parametrize("keep", [0.5, 0.99])
def test_a_gzip_file_that_is_cut_off_is_refused(tmp_path: Path, keep: float) -> None:
    path = packed(tmp_path / "a.gz", "".join(line(f"GET /{n}") + "\n" for n in range(999)).encode())
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    with pytest.raises(FormatError, match="ends early"):
        read(SOURCE, path, **options())
    path.write_bytes(b"\x1f\x8b" + b"not gzip at all")
    with pytest.raises(FormatError, match="a gzip file that is broken"):
        read(SOURCE, path, **options())


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"<?xml version='1.0'?>\n<a/>\n", "XML"),
        (b'{"time": 1, "status": 200}\n', "JSON"),
        (b'2026-06-30T12:00:00Z stdout F {"status": 200}\n', "JSON lines behind"),
        (b"#Software: Microsoft Internet Information Services 10.0\n#Fields: date\n", "W3C.*IIS"),
        (b"#Version: 1.0\n#Fields: date time x-edge-location\n", "CloudFront"),
        (b"2026-06-30\t12:00:00\tFRA56\t703\t203.0.113.7\tGET\n", "CloudFront"),
        (b'https 2026-06-30T12:00:00.1Z app/a/b 203.0.113.7:44 10.0.0.1:80 0.0 "GET"\n', "ALB"),
        (b"2026/06/30 12:00:00 [error] 17#17: *1 open() failed\n", "nginx error log"),
        (b"<190>Jun 30 12:00:00 web nginx: x\n", "syslog"),
        (b"date,flow,count\n2026-06-30,cart,1\n", "CSV"),
        (b"PK\x03\x04abc", "zip"),
        ("x y\n".encode("utf-16"), "UTF-16"),
        (b"\x00\x01\x02\x03" * 20, "binary"),
        (b"lorem ipsum\n", "some other text"),
    ],
)
@pytest.mark.parametrize("log_format", ["auto", "combined"])
def test_another_format_is_refused_by_its_name(
    tmp_path: Path, head: bytes, found: str, log_format: str
) -> None:
    (tmp_path / "a.log").write_bytes(head * 3)
    with pytest.raises(FormatError, match=f"{found}.*expected"):
        read(SOURCE, tmp_path / "a.log", **options(log_format))


def test_a_log_of_another_layout_than_configured_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"access log of another format.*'common'"):
        parsed(tmp_path, line(), **options("common"))


def test_the_thousandth_line_may_be_the_first_that_fits(tmp_path: Path) -> None:
    assert parsed(tmp_path, *["x"] * 999, line()).tally["user"] == 1
    with pytest.raises(FormatError):
        parsed(tmp_path, *["x"] * 1000, line())


FORMATS = {
    "combined_time": line(),
    "combined": line().rsplit(" ", 1)[0],
    "vhost_combined": "shop.example.com:443 " + line().rsplit(" ", 1)[0],
    "common": line().split(' "-"')[0],
    "combined_extra": line().rsplit(" ", 1)[0] + ' "-" 116075 "203.0.113.9, 10.0.0.1"',
    "vhost_combined_extra": "shop.example.com:443 " + line() + " 12 0.1",
}


@pytest.mark.parametrize("name", FORMATS)
def test_known_formats_are_found_and_can_be_named(tmp_path: Path, name: str) -> None:
    for log_format in ("auto", name):
        result = parsed(tmp_path, FORMATS[name], **options(log_format))
        assert result.counted("event") == {"/cart": 1}
        platform = None if name == "common" else "web"
        assert result.counted("platform") == {platform: 1}
        assert bool(result.latencies) is (name == "combined_time")


INGRESS = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] '
    "$upstream_addr $upstream_response_time $req_id"
)


PREFIXED = (
    '$remote_addr [$time_local] "$request" $status $bytes_sent rt=$request_time "$http_user_agent"'
)
PIPES = (
    "$time_iso8601 | $remote_addr | $request | $status | $body_bytes_sent | $request_time"
    " | $http_user_agent"
)
APART = (
    "$msec $host $request_method $request_uri $status $body_bytes_sent ${request_time}"
    ' "$http_user_agent"'
)
REST = " 412 0.250 [shop-80] 10.0.0.7:80 0.249 5f2c1a9b"
RETRIED = " 412 0.250 [] 10.0.0.7:80, 10.0.0.8:80 0.1, 0.2 5f2c"
REQUEST = '"GET /cart HTTP/2.0" 200 512'


EXAMPLES = (
    (INGRESS, FORMATS["combined"] + REST),
    (INGRESS, FORMATS["combined"] + RETRIED),
    (f"log_format x '{INGRESS[:60]}'\n  '{INGRESS[60:]}';", FORMATS["combined"] + REST),
    (PREFIXED, f'203.0.113.7 [30/Jun/2026:12:00:00 +0200] {REQUEST} rt=0.250 "{CHROME}"'),
    (
        PIPES,
        f"2026-06-30T12:00:00+02:00 | ::1 | GET /cart HTTP/1.1 | 200 | 512 | 0.250 | {CHROME}",
    ),
    (APART, f'1782813600.123 shop GET /cart?a=b 200 512 0.250 "{CHROME}"'),
)


@pytest.mark.parametrize(("log_format", "text"), EXAMPLES)
def test_any_nginx_format(tmp_path: Path, log_format: str, text: str) -> None:
    result = parsed(tmp_path, *[text] * 20, **options(log_format))
    assert result.counted("event", "method", "platform") == {("/cart", "GET", "web"): 20}
    (minute,) = result.minutes
    assert minute["minute"] == dt.datetime(2026, 6, 30, 10, 0, tzinfo=dt.UTC)
    assert (minute["bytes"], minute["with_status"], minute["with_latency"]) == (20 * 512, 20, 20)
    assert result.latencies[0]["bucket"] == latency_bucket(250)


@pytest.mark.parametrize(
    "log_format", ["auto", "combined_time", "combined_extra", INGRESS, PIPES, APART]
)
def test_hostile_lines_cost_no_more_than_their_length(tmp_path: Path, log_format: str) -> None:
    pieces = ["a ", '"', '\\"', "[", "x - y [", " | ", '" "', ", ", "a, b", '"a', "\\", "] ", "- "]
    texts = dict.fromkeys((*FORMATS.values(), *(text for _, text in EXAMPLES)))
    hostile = [piece * (60_000 // len(piece)) for piece in pieces]
    mixed = [text + tail for text in texts for tail in hostile[:4]]
    good = dict(EXAMPLES).get(log_format) or FORMATS.get(log_format, line())
    path = log(tmp_path / "a.log", *[good] * 3, *hostile, *mixed)
    started = time.process_time()
    result = read(SOURCE, path, **options(log_format))
    result.check_accounting()
    assert time.process_time() - started < 5


def test_a_format_says_which_field_is_the_tenant_the_user_and_the_mark_of_probes(
    tmp_path: Path,
) -> None:
    log_format = (
        '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'
        ' "$http_user_agent" "$http_x_org" "$http_x_account" "$http_x_synthetic_request"'
    )
    head = '203.0.113.7 - - [30/Jun/2026:12:00:00 +0200] "GET /cart HTTP/1.1" 200 512'
    result = parsed(
        tmp_path,
        f'{head} "{CHROME}" "acme" "u-1" "-"',
        f'{head} "{CHROME}" "acme" "-" "-"',
        f'{head} "{CHROME}" "-" "probe-7" "-"',
        f'{head} "{CHROME}" "" "-" "true"',
        **options(
            log_format,
            tenant_field="$http_x_org",
            user_field="http_x_account",
            synthetic_accounts=["probe-7"],
        ),
    )
    assert result.counted("actor") == {"user": 2, "synthetic": 2}
    details = {row["actor"]: (row["with_user"], row["with_tenant"]) for row in result.minutes}
    assert details == {"user": (1, 2), "synthetic": (1, 0)}


@pytest.mark.parametrize(
    ("log_format", "message"),
    [
        ("combind", "none of auto, combined_time"),
        ("%h %l %u %t", "no nginx log_format text"),
        ("$remote_addr $request", r"needs a time \(\$time_local\) and a \$request"),
        ('[$time_local] "$status"', "needs a time"),
        ("$time_iso8601 $request $http_user_agent", "into quotes"),
    ],
)
def test_a_format_that_cannot_be_says_why(tmp_path: Path, log_format: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        parsed(tmp_path, line(), **options(log_format))


def test_settings_of_the_wrong_kind_say_which(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"sources\.access_log.*max_routes"):
        parsed(tmp_path, line(), **options(max_routes="many"))


def test_the_first_entry_that_matches_the_name_says_whose_log_it_is(tmp_path: Path) -> None:
    files = [
        {"match": "shop-*", "service": "shop", "log_format": "combined_time"},
        {"match": "*", "service": "rest"},
    ]
    for name, service in (("shop-a.log", "shop"), ("x.log", "rest")):
        result = read(SOURCE, log(tmp_path / name, line()), options={"files": files})
        assert result.counted("service") == {service: 1}
    alone = read(SOURCE, tmp_path / "x.log")
    assert alone.counted("service") == {None: 1}


def test_sizes_and_states_that_are_not_there(tmp_path: Path) -> None:
    result = parsed(
        tmp_path,
        line(size="-"),
        line(status="-"),
        line(status="000"),
        line(status="503", seconds="-"),
        line(status="999"),
    )
    by_status = {row["status_class"]: row for row in result.minutes}
    assert set(by_status) == {"2xx", None, "5xx"}
    assert (by_status["2xx"]["bytes"], by_status["2xx"]["with_status"]) == (0, 1)
    assert (by_status[None]["count"], by_status[None]["with_status"]) == (3, 0)
    assert (by_status["5xx"]["with_latency"], by_status[None]["with_latency"]) == (0, 3)


def test_routes_and_versions_are_bounded(tmp_path: Path) -> None:
    lines = [line(f"GET /r{n:03d}x HTTP/1.1") for n in range(50)]
    apps = [line(agent=f"ShopApp/{n}.0 (iOS 17)") for n in range(300)]
    result = parsed(tmp_path, *lines, *apps, **options(max_routes=20))
    events = result.counted("event")
    assert len(events) == 21
    assert events["(other)"] == 30 + 300  # the cart came too late
    assert sum(row["with_route"] for row in result.minutes) == 20
    assert len(result.counted("version")) <= 102


@pytest.mark.parametrize("held", [100, 4_000])
def test_memory_is_bounded_and_the_sums_stay_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    start = dt.datetime(2026, 6, 30, tzinfo=dt.UTC)
    lines = [
        line(
            f"GET /{name} HTTP/1.1",
            stamp=f"{start + dt.timedelta(seconds=n):%d/%b/%Y:%H:%M:%S %z}",
            seconds=f"0.{n % 700:03d}",
            user="ada" if n % 3 else "-",
        )
        for n in range(20_000)
        for name in ("a", "b")
    ]
    late = line("GET /a HTTP/1.1", stamp="30/Jun/2026:00:00:30 +0000")
    whole = parsed(tmp_path, *lines, late)
    monkeypatch.setattr(request_counts, "HELD", held)
    pieces = parsed(tmp_path, *lines, late)
    assert whole.requests == pieces.requests
    for table, keys in (
        ("request_minutes", ("minute", "route")),
        ("request_latency", ("minute", "route", "bucket")),
    ):
        assert whole.counted(*keys, table=table) == pieces.counted(*keys, table=table)
    for name in ("bytes", "with_latency", "with_user"):
        assert sum(row[name] for row in whole.minutes) == sum(row[name] for row in pieces.minutes)
    repeated = len(pieces.minutes) - len(whole.minutes)
    assert repeated == 1 or held == 100, "only the line that came hours late has a second row"


@pytest.mark.parametrize(
    ("milliseconds", "bucket"), [(0, 0), (1, 0), (1.079, 0), (1.081, 1), (250, 71), (1e99, 255)]
)
def test_latency_buckets(milliseconds: float, bucket: int) -> None:
    assert latency_bucket(milliseconds) == bucket


# ---- against the reference -----------------------------------------------------------------------


def _quoted(text: str, start: int) -> int | None:
    """Place after the closing quote of what opens at `start`."""
    if text[start : start + 1] != '"':
        return None
    place = start + 1
    while place < len(text):
        if text[place] == "\\":
            place += 2
        elif text[place] == '"':
            return place + 1
        else:
            place += 1
    return None


def _after_head(text: str) -> tuple[str, int] | None:
    """Stamp, and the place of the request's quote."""
    place = 0
    for _ in range(2):  # client, ident
        end = text.find(" ", place)
        if end < 0 or '"' in text[place:end]:
            return None
        place = end + 1
    opening = re.search(r" \[([^ \]\"]+ [+-][0-9]{4})\] \"", text[place:])
    if opening is None:
        return None
    user = text[place : place + opening.start()]
    if '"' in user or (" " in user and "[" in user):
        return None
    return opening[1], place + opening.end() - 1


def _is_body(text: str, place: int) -> bool:
    end = _quoted(text, place)
    numbers = re.compile(r" (?:[0-9]{3}|-) (?:[0-9]{1,15}|-) ").match(text, end or len(text))
    if numbers is None:
        return False
    referer = _quoted(text, numbers.end())
    agent = _quoted(text, referer + 1) if referer and text[referer : referer + 1] == " " else None
    return bool(agent and re.fullmatch(r" (?:[0-9]{1,9}\.[0-9]{3,6}|-)", text[agent:]))


def reference(text: str) -> bool:
    """Is this a line of combined with request time?"""
    head = _after_head(text)
    if head is None or not _is_body(text, head[1]):
        return False
    if not re.fullmatch(r"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}(:[0-9]{2}){3} [+-][0-9]{4}", head[0]):
        return False
    try:
        when = dt.datetime.strptime(head[0], "%d/%b/%Y:%H:%M:%S %z")
    except ValueError:
        return False
    return 1995 <= when.year < 2100


BYTES = st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\n\r")
ODD = st.sampled_from(['"', "\\", '\\"', "\\\\", " ", "[", "]", "-", '" "', "HTTP/1.1", "\\x22"])
WORDS = st.lists(ODD | st.text(BYTES, max_size=4), max_size=6).map("".join)
GOOD = st.builds(
    line,
    st.just("GET /cart HTTP/1.1") | WORDS,
    user=st.just("-") | WORDS,
    agent=st.just(CHROME) | WORDS,
    referer=st.just("-") | WORDS,
    size=st.sampled_from(["0", "-", "77", "x"]),
)


@st.composite
def broken(draw: st.DrawFn) -> str:
    text = draw(GOOD)
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 40)))
    return text[:start] + draw(WORDS) + text[end:]


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lines=st.lists(
        GOOD | broken() | broken().map(lambda text: text[:30]) | st.just(""), max_size=40
    )
)
def test_the_parser_agrees_with_the_reference_about_every_line(
    tmp_path: Path, lines: list[str]
) -> None:
    lines = [line(), *lines]
    result = parsed(tmp_path, *lines)
    expected = [n for n, text in enumerate(lines, 1) if text.strip() and not reference(text)]
    assert sorted(reject.position or 0 for reject in result.rejects) == expected
    assert result.tally["read"] == len(lines)
