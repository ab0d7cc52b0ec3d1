"""Access logs and event exports of other people: every line is counted, by an independent count."""

import datetime as dt
import re
from collections import Counter
from pathlib import Path

import pytest

from ingest.source import FormatError
from ingest.sources import access_log, mixpanel, otlp
from ingest.usage.request_keys import latency_bucket
from ingest.usage.routes import is_static, request_parts
from tests.unit.span_support import read_stream
from tests.unit.usage_support import Result, read

SAMPLES = Path(__file__).parents[2] / ".." / "shared" / "samples"
LOGS = SAMPLES / "access-logs"
APACHE = LOGS / "elastic+examples" / "apache_logs" / "apache_logs"
SHOP = LOGS / "tstack+lnav" / "logfile_shop_access_log.0"

pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the folder of shared samples is not beside this repository"
)

COUNTED = {
    # awk '{print $9, $13, $14}': 200 each, robots.txt is static, Nikto is a scanner
    "aws-alb-http-bad-user-agent.log": {"read": 4, "static": 1, "bot": 3},
    # awk -F'\t' '{print $1, $6, $8, $9}': GET /testseb 400, twice; no header line
    "aws-cloudfront-logs.log": {"read": 2, "user": 2},
    # jq -r '[.status, .request.method, .request.uri] | @csv' | uniq -c: 6 of 401, GET, /
    "caddy-logs.log": {"read": 6, "user": 6},
    # sed 's/^[^{]*//' | jq -r '[.response_code, .method] | @csv' | uniq -c: 41 of 404, GET
    "envoy-http-crawl-non_statics.log": {"read": 41, "user": 41},
    # grep -c '^#'; blank lines; the lines left: one picture each, or none that is of a page
    "logfile_w3c.0": {"read": 5, "other": 4, "static": 1},
    "logfile_w3c.1": {"read": 7, "other": 6, "static": 1},
    "logfile_w3c.2": {"read": 22, "other": 22},  # 8 comments and 14 lines of FTP
    "logfile_w3c.3": {"read": 10, "other": 7, "user": 3},  # 4 comments, 3 blank lines
    "logfile_w3c.4": {"read": 6, "other": 4, "user": 2},
    "logfile_w3c.5": {"read": 2, "other": 1},  # its line has 17 values, its header 6 names
    "logfile_w3c.6": {"read": 5, "other": 4, "static": 1},  # robots.txt
    # grep -c '^#': 44. grep -v '^#' | awk '{print $5}' | grep -Eic with the endings of scripts,
    # pictures and styles, or ^/(robots\.txt|favicon|sitemap): 32. Of the agents of the other 178
    # lines, grep -ciE 'bot|preview': 4.
    "logfile_w3c_big.0": {"read": 254, "other": 44, "static": 32, "bot": 4, "user": 174},
}
"""Lines of the logs that are neither nginx's nor Apache's, counted with the commands above them."""
REJECTED = {
    "logfile_bad_access_log.0": [2],  # no identd field
    "apache_logs": [8899],  # the agent has no end
    "nginx-http-generic-bf.log": list(range(1, 17)),  # lines of an error log
    "logfile_w3c.5": [2],
}


def every_log() -> list[Path]:
    return sorted(path for path in LOGS.rglob("*") if path.is_file())


def test_there_are_logs_to_read() -> None:
    assert len(every_log()) == 24


@pytest.mark.parametrize("path", every_log(), ids=lambda path: path.name)
def test_every_line_of_a_log_is_accounted_for(path: Path) -> None:
    result = read(access_log.SOURCE, path)
    result.check_accounting()
    content = path.read_bytes()
    assert result.tally["read"] == content.count(b"\n") + (not content.endswith(b"\n"))
    rejected = [reject.position for reject in result.rejects]
    assert rejected == REJECTED.get(path.name, [])
    if path.name in COUNTED:
        assert {name: count for name, count in result.tally.items() if count} == COUNTED[path.name]


def fields_of(path: Path) -> list[tuple[str, str]]:
    """Request and status of each line, found without the parser: the lines of this log are tidy."""
    fields = re.compile(r'"([A-Z]+ [^"]*)" ([0-9]{3}) ')
    lines = path.read_text("latin-1").split("\n")
    return [(found[1], found[2]) for line in lines if (found := fields.search(line))]


def test_the_states_of_the_apache_log() -> None:
    lines = fields_of(APACHE)
    states = Counter(status for _, status in lines)
    assert states == {
        "200": 9126, "304": 445, "404": 213, "301": 164, "206": 45, "500": 3, "403": 2, "416": 2,
    }  # fmt: skip
    result = read(access_log.SOURCE, APACHE)
    expected: Counter[str] = Counter()
    for request, status in lines:
        parts = request_parts(request)
        assert parts is not None
        if not is_static(parts[1]):
            expected[f"{status[0]}xx"] += 1
    expected["2xx"] -= 1  # the line whose agent has no end
    assert result.counted("status_class", table="request_minutes") == expected
    assert result.tally["static"] > 5000, "most lines of a site's log are its files"
    assert result.tally["bot"] > 1500
    days = [dt.date(2015, 5, day) for day in (17, 18, 19, 20)]
    assert sorted(result.counted("day")) == days


def sample(name: str) -> Result:
    (path,) = (path for path in every_log() if path.name == name)
    return read(access_log.SOURCE, path)


def test_the_iis_log_by_an_independent_count() -> None:
    """Of the 178 lines that are neither comments nor files: awk sums up $12, $15, and counts $17."""
    result = sample("logfile_w3c_big.0")
    assert result.counted("status_class", table="request_minutes") == {"2xx": 8, "4xx": 170}
    assert sum(row["bytes"] for row in result.minutes) == 247_052
    assert sum(row["count"] for row in result.latencies) == 178
    assert result.counted("event")["/cms"] == 19
    assert list(result.counted("day")) == [dt.date(2015, 1, 13)]
    assert set(result.counted("browser")) >= {"chrome", "ie"}, "agents with + for blanks are read"


def test_times_sizes_and_states_of_the_other_logs() -> None:
    """awk '{print $6+$7+$8, $12}', awk -F'\\t' '{print $19, $4}', jq '[.duration, .size, .status]'."""
    alb = sample("aws-alb-http-bad-user-agent.log")
    assert [row["bucket"] for row in alb.latencies] == [latency_bucket(2)] * 3
    assert sum(row["bytes"] for row in alb.minutes) == 3 * 257
    cloudfront = sample("aws-cloudfront-logs.log")
    assert cloudfront.counted("bucket", table="request_latency") == {latency_bucket(113): 2}
    assert sum(row["bytes"] for row in cloudfront.minutes) == 2 * 703
    assert cloudfront.counted("platform") == {"api": 2}
    caddy = sample("caddy-logs.log")
    assert caddy.counted("bucket", table="request_latency") == {latency_bucket(0.033987): 6}
    assert caddy.counted("status_class", table="request_minutes") == {"4xx": 6}
    envoy = sample("envoy-http-crawl-non_statics.log")
    assert len(envoy.counted("event")) == 41
    assert not envoy.latencies
    assert {row["bytes"] for row in envoy.minutes} == {None}, "this log has no bytes_sent"


def test_the_shop_log_has_one_field_more_and_its_own_zone() -> None:
    result = read(access_log.SOURCE, SHOP, reporting_zone="Asia/Tehran")
    assert result.tally["read"] == 1000
    assert not result.rejects
    assert list(result.counted("day")) == [dt.date(2019, 1, 22)]
    events = result.counted("event")
    assert events["/image/{id}/productModel/{id}"] > 200
    assert not any("%" in event or re.search(r"[0-9]{4}", event) for event in events)


def test_a_connectors_table_is_no_export() -> None:
    path = SAMPLES / "mixpanel" / "fivetran+dbt_mixpanel" / "event.csv"
    with pytest.raises(FormatError, match="CSV, expected a JSON event"):
        read(mixpanel.SOURCE, path)


def test_the_traces_of_the_protocols_own_example() -> None:
    """One server span of 2018-12-13 14:51:00 to 14:51:01; its parent is not in the file."""
    place = SAMPLES / "otel" / "open-telemetry+opentelemetry-proto"
    result = read_stream(otlp.SOURCE, place / "trace.json")
    assert {name: count for name, count in result.tally.items() if count} == {"read": 1, "user": 1}
    assert result.counted("day", "kind", "service", "event") == {
        (dt.date(2018, 12, 13), "span", "my.service", "I'm a server span"): 1
    }
    assert [row["bucket"] for row in result.latencies] == [latency_bucket(1000)]
    with pytest.raises(FormatError, match="OTLP logs, expected OTLP/JSON traces"):
        read_stream(otlp.SOURCE, place / "logs.json")
