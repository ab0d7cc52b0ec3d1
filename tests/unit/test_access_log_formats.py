"""Which format of nginx and Apache an access log has: found, named, described, or refused by what was found."""

import datetime as dt
from pathlib import Path

import pytest

from ingest.source import FormatError
from ingest.sources.access_log import SOURCE
from ingest.usage.request_keys import latency_bucket
from tests.unit.access_log_support import CHROME
from tests.unit.combined_log_support import EXAMPLES, FORMATS, line, log, options, parsed
from tests.unit.usage_support import read


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


@pytest.mark.parametrize("name", FORMATS)
def test_known_formats_are_found_and_can_be_named(tmp_path: Path, name: str) -> None:
    for log_format in ("auto", name):
        result = parsed(tmp_path, FORMATS[name], **options(log_format))
        assert result.counted("event") == {"/cart": 1}
        platform = None if name == "common" else "web"
        assert result.counted("platform") == {platform: 1}
        assert bool(result.latencies) is (name == "combined_time")


@pytest.mark.parametrize(("log_format", "text"), EXAMPLES)
def test_any_nginx_format(tmp_path: Path, log_format: str, text: str) -> None:
    result = parsed(tmp_path, *[text] * 20, **options(log_format))
    assert result.counted("event", "method", "platform") == {("/cart", "GET", "web"): 20}
    (minute,) = result.minutes
    assert minute["minute"] == dt.datetime(2026, 6, 30, 10, 0, tzinfo=dt.UTC)
    assert (minute["bytes"], minute["with_status"], minute["with_latency"]) == (20 * 512, 20, 20)
    assert result.latencies[0]["bucket"] == latency_bucket(250)


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


@pytest.mark.parametrize(("user", "known"), [("-", 0), ("alice", 1)])
def test_a_host_in_front_makes_no_user_of_two_dashes(tmp_path: Path, user: str, known: int) -> None:
    plain = line().rsplit(" ", 1)[0].replace(" - - [", f" - {user} [")
    auto = options("auto")
    result = parsed(tmp_path, "shop.example.com:443 " + plain, **auto)
    assert [row["with_user"] for row in result.minutes] == [known]
    named = parsed(tmp_path, plain.replace(f" - {user} [", " - Ada Lovelace ["), **auto)
    assert [row["with_user"] for row in named.minutes] == [1]
