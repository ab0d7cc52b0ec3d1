"""Access logs and event exports of other people: read to the last line, or refused by name."""

import datetime as dt
import re
from collections import Counter
from pathlib import Path

import pytest

from ingest.source import FormatError
from ingest.sources import access_log, mixpanel
from ingest.usage.routes import is_static, request_parts
from tests.unit.usage_support import read

SAMPLES = Path(__file__).parents[2] / ".." / "shared" / "samples"
LOGS = SAMPLES / "access-logs"
APACHE = LOGS / "elastic+examples" / "apache_logs" / "apache_logs"
SHOP = LOGS / "tstack+lnav" / "logfile_shop_access_log.0"

pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the folder of shared samples is not beside this repository"
)

REFUSED = {
    "aws-alb-http-bad-user-agent.log": "ALB",
    "aws-cloudfront-logs.log": "CloudFront",
    "caddy-logs.log": "JSON",
    "envoy-http-crawl-non_statics.log": "JSON lines behind a container's",
    "logfile_w3c_big.0": "IIS",
    **dict.fromkeys((f"logfile_w3c.{number}" for number in range(7)), "W3C"),
}
REJECTED = {
    "logfile_bad_access_log.0": [2],  # no identd field
    "apache_logs": [8899],  # the agent has no end
    "nginx-http-generic-bf.log": list(range(1, 17)),  # lines of an error log
}


def every_log() -> list[Path]:
    return sorted(path for path in LOGS.rglob("*") if path.is_file())


def test_there_are_logs_to_read() -> None:
    assert len(every_log()) == 24


@pytest.mark.parametrize("path", every_log(), ids=lambda path: path.name)
def test_every_line_of_a_log_is_accounted_for_or_the_file_is_refused_by_name(path: Path) -> None:
    if path.name in REFUSED:
        with pytest.raises(FormatError, match=f"{REFUSED[path.name]}.*expected"):
            read(access_log.SOURCE, path)
        return
    result = read(access_log.SOURCE, path)
    result.check_accounting()
    content = path.read_bytes()
    assert result.tally["read"] == content.count(b"\n") + (not content.endswith(b"\n"))
    rejected = [reject.position for reject in result.rejects]
    assert rejected == REJECTED.get(path.name, [])


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
