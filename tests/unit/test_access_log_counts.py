"""Access logs become counts: what a request adds to which day, minute, route, class and latency."""

import datetime as dt
import math
from pathlib import Path

import pytest

from ingest.usage import request_counts
from ingest.usage.request_keys import latency_bucket
from tests.unit.access_log_support import GOOGLEBOT
from tests.unit.combined_log_support import line, options, parsed


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
