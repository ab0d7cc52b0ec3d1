"""W3C extended logs: headers rule, wherever they stand; CloudFront and IIS have their own ways."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from ingest.source import FormatError
from ingest.usage.request_keys import latency_bucket
from tests.unit.access_log_support import (
    CHROME,
    HEADERS,
    IIS_HEADER,
    Asked,
    cloudfront,
    iis,
    parsed,
)

FIELDS = "#Fields: date time cs-method cs-uri-stem sc-status"
LINE = "2026-06-30 12:00:00 GET /cart 200"


def test_a_header_in_the_middle_changes_the_order_from_there_on(tmp_path: Path) -> None:
    result = parsed(
        tmp_path,
        FIELDS,
        LINE,
        "#Remark: restarted",
        "#Fields: time date sc-status cs-uri-stem cs-method",
        "12:00:00 2026-06-30 404 /orders POST",
        LINE,
        FIELDS,
        LINE,
    )
    assert result.counted("event", "method") == {("/cart", "GET"): 2, ("/orders", "POST"): 1}
    assert [reject.position for reject in result.rejects] == [6]
    assert result.tally["other"] == 4


def test_a_line_above_every_header_is_a_reject_even_of_the_right_length(tmp_path: Path) -> None:
    result = parsed(tmp_path, LINE, FIELDS, LINE)
    assert [reject.position for reject in result.rejects] == [1]


def test_headers_hold_across_blocks_and_not_across_files(tmp_path: Path) -> None:
    result = parsed(tmp_path, FIELDS, *[LINE] * 20_000)
    assert result.tally["user"] == 20_000
    with pytest.raises(FormatError):
        parsed(tmp_path, LINE, log_format="w3c")


def test_a_header_alone_is_a_quiet_server(tmp_path: Path) -> None:
    result = parsed(tmp_path, *IIS_HEADER)
    assert result.tally == result.tally | {"read": 4, "other": 4}
    assert not result.rejects


@pytest.mark.parametrize("fields", ["date time s-ip", "date cs-method cs-uri-stem", "x", ""])
def test_a_log_whose_fields_name_no_request_is_no_access_log(tmp_path: Path, fields: str) -> None:
    with pytest.raises(FormatError, match="W3C extended log, expected"):
        parsed(tmp_path, "#Version: 1.0", f"#Fields: {fields}", "2026-06-30 12:00:00 10.0.0.1")


def test_lines_below_a_header_without_a_request_are_rejects(tmp_path: Path) -> None:
    result = parsed(tmp_path, FIELDS, LINE, "#Fields: date time x-event", "2026-06-30 12:00:00 up")
    assert [reject.position for reject in result.rejects] == [4]


@pytest.mark.parametrize(
    ("software", "taken", "milliseconds"),
    [
        ("Microsoft Internet Information Services 10.0", "283", 283),
        ("IIS Advanced Logging Module", "283", 283),
        (None, "283", 283),
        ("Oracle9iAS Web Cache/2.0", "370879", None),  # microseconds? no one says
        ("Oracle9iAS Web Cache/2.0", "0.283", 283),
        (None, "0.283", 283),
        (None, "-", None),
        (None, "-1", None),
        (None, "x", None),
    ],
)
def test_the_unit_of_the_time_taken_is_that_of_the_maker(
    tmp_path: Path, software: str | None, taken: str, milliseconds: int | None
) -> None:
    header = [f"#Software: {software}"] if software else []
    result = parsed(tmp_path, *header, f"{FIELDS} time-taken", f"{LINE} {taken}")
    assert result.tally["user"] == 1
    buckets = [row["bucket"] for row in result.latencies]
    assert buckets == ([] if milliseconds is None else [latency_bucket(milliseconds)])


def minute(result: Any) -> dt.datetime:
    (row,) = result.minutes
    found: dt.datetime = row["minute"]
    return found


def test_dates_and_times_are_utc_unless_the_log_states_an_offset(tmp_path: Path) -> None:
    noon = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)
    assert minute(parsed(tmp_path, FIELDS, LINE, reporting_zone="Asia/Tokyo")) == noon
    shifted = parsed(tmp_path, "#GMT-Offset: -0800", FIELDS, LINE)
    assert minute(shifted) == noon + dt.timedelta(hours=8)


def test_local_times_are_those_of_the_settings_and_without_a_zone_a_warning(tmp_path: Path) -> None:
    lines = [FIELDS.replace("date time", "date-local time-local"), LINE.replace("00 ", "00.363 ")]
    told = parsed(tmp_path, *lines, source_zone="Europe/Berlin")
    assert minute(told) == dt.datetime(2026, 6, 30, 10, tzinfo=dt.UTC)
    assert not told.warnings
    assumed = parsed(tmp_path, *lines)
    assert minute(assumed) == dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)
    (warning,) = assumed.warnings
    assert "without a zone" in warning


def test_a_log_of_times_alone_takes_the_day_from_its_date_lines(tmp_path: Path) -> None:
    fields = "#Fields: time cs-method cs-uri-stem"
    result = parsed(
        tmp_path,
        fields,
        "00:01:00 GET /too-early",
        "#Date: 2026-06-29 23:00:00",
        "23:59:59 GET /a",
        "#Date: 2026-06-30 00:00:00",
        "00:00:01 GET /b",
    )
    assert [reject.position for reject in result.rejects] == [2]
    days = {"/a": dt.date(2026, 6, 29), "/b": dt.date(2026, 6, 30)}
    assert {row["event"]: row["day"] for row in result.requests} == days


def test_quoted_values_may_hold_blanks_and_quotes(tmp_path: Path) -> None:
    result = parsed(
        tmp_path,
        f"{FIELDS} cs(User-Agent) x-note  sc-bytes",
        f'2026-06-30   "12:00:00"  GET /cart 200 "{CHROME}" " ""odd"" w/ blanks " 7',
        '2026-06-30 12:00:00 GET /cart 200 "open curl/8 - 7',
        '2026-06-30 12:00:00 GET /cart 200 curl/8 say"so 7',
    )
    assert [reject.position for reject in result.rejects] == [3]
    assert result.counted("browser") == {"chrome": 1, None: 1}
    assert sum(row["bytes"] for row in result.minutes) == 14


def test_letters_of_several_bytes_do_not_part_a_value(tmp_path: Path) -> None:
    """UTF-8's a-grave is two bytes, the second of which alone would be a no-break space."""
    result = parsed(tmp_path, *IIS_HEADER, iis(Asked(uri="/à/\x85", agent="à\xa0/5.0 \x85")))
    assert not result.rejects
    assert result.counted("event") == {"/{value}/{value}": 1}


def test_a_url_with_its_host_is_read_as_a_path(tmp_path: Path) -> None:
    fields = FIELDS.replace("cs-uri-stem", "cs-uri")
    urls = (
        "/cart?a=b",
        "https://shop.example.com/cart?a=b",
        "www.example.com/cart",
        "shop:443",
        "-",
    )
    result = parsed(tmp_path, fields, *[LINE.replace("/cart", url) for url in urls])
    assert result.counted("event") == {"/cart": 3, "/": 1}
    assert result.tally["other"] == 2


def test_the_user_the_tenant_and_the_mark_of_probes(tmp_path: Path) -> None:
    result = parsed(
        tmp_path,
        f"{FIELDS} cs-username cs(X-Org) cs(X-Synthetic-Request)",
        f"{LINE} ada acme -",
        f"{LINE} - acme -",
        f"{LINE} probe - -",
        f"{LINE} - - true",
        tenant_field="cs(X-Org)",
        synthetic_accounts=["probe"],
    )
    assert result.counted("actor") == {"user": 2, "synthetic": 2}
    details = {row["actor"]: (row["with_user"], row["with_tenant"]) for row in result.minutes}
    assert details == {"user": (1, 2), "synthetic": (1, 0)}
    assert not any(name in repr(result) for name in ("ada", "acme"))


def test_what_a_log_does_not_say_is_unknown_and_not_nothing(tmp_path: Path) -> None:
    (row,) = (result := parsed(tmp_path, FIELDS, LINE)).minutes
    assert (row["bytes"], row["with_latency"], row["with_user"]) == (None, 0, 0)
    assert result.counted("actor", "platform") == {("user", None): 1}
    sent_none = parsed(tmp_path, f"{FIELDS} cs(User-Agent)", f"{LINE} -")
    assert sent_none.counted("actor") == {"bot": 1}


@pytest.mark.parametrize("status", ["-", "000", "0", "999", "x"])
def test_a_state_that_cannot_be_is_unknown(tmp_path: Path, status: str) -> None:
    result = parsed(tmp_path, FIELDS, LINE.replace("200", status))
    assert result.counted("status_class", table="request_minutes") == {None: 1}


@pytest.mark.parametrize("size", ["-", "-5", "x", "9" * 30])
def test_a_size_that_cannot_be_adds_nothing(tmp_path: Path, size: str) -> None:
    lines = [f"{FIELDS} sc-bytes", f"{LINE} 7", f"{LINE} {size}"]
    (row,) = parsed(tmp_path, *lines).minutes
    assert (row["count"], row["bytes"]) == (2, 7)


# ---- CloudFront ----------------------------------------------------------------------------------


def test_a_cloudfront_log_that_lost_its_header_is_read_in_the_documented_order(
    tmp_path: Path,
) -> None:
    line = cloudfront(Asked())
    legacy = "\t".join(line.split("\t")[:19])
    result = parsed(tmp_path, line, legacy, line + "\tnew\t-", "\t".join(line.split("\t")[:18]))
    assert [reject.position for reject in result.rejects] == [4]
    assert result.counted("event", "browser") == {("/cart", "chrome"): 3}
    assert result.latencies[0]["bucket"] == latency_bucket(250)


def test_cloudfronts_header_decides_the_order(tmp_path: Path) -> None:
    names = HEADERS["cloudfront"][1].split()[1:]
    values = cloudfront(Asked("POST", "/orders/4711?token=abc")).split("\t")
    turned = ["#Fields: " + " ".join(names[::-1]), "\t".join(values[::-1])]
    result = parsed(tmp_path, "#Version: 1.0", *turned, log_format="cloudfront")
    assert result.counted("event", "method") == {("/orders/{id}", "POST"): 1}
    assert result.counted("count", table="request_latency") == {1: 1}


@pytest.mark.parametrize("blank", ["%20", "%2520", "+"])
def test_agents_encoded_once_or_twice_are_the_same(tmp_path: Path, blank: str) -> None:
    line = cloudfront(Asked()).replace("%2520", blank)
    assert parsed(tmp_path, line).counted("browser", "device") == {("chrome", "desktop"): 1}


def test_a_whole_number_of_seconds(tmp_path: Path) -> None:
    line = cloudfront(Asked()).replace("0.250", "2")
    assert parsed(tmp_path, line).latencies[0]["bucket"] == latency_bucket(2000)
