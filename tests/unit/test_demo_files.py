"""The demo's files are read without a remark, and each line has the class it was written with."""

import gzip
import json
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from gapsight import demo
from gapsight.demo.access_logs import log_file
from gapsight.demo.mixpanel import event_file
from gapsight.demo.planted import planted
from gapsight.demo.requests import filler
from gapsight.demo.rhythm import ZONE, LocalDay
from gapsight.demo.suites import cases
from gapsight.demo.world import world
from ingest.records import Record, TestAttempt
from ingest.source import Reject, Tally, Warn
from tests.unit.demo_support import inbox, parsed, reports


def test_there_are_six_hundred_tests_in_three_suites(
    demo_attempts: list[tuple[dict[str, object], TestAttempt]],
) -> None:
    assert len(cases()) == 600
    ids = {(m["repo"], a.suite, a.file, a.class_name, a.name, a.params) for m, a in demo_attempts}
    assert len(ids) == 600
    kinds = Counter(
        "playwright" if a.environment else a.suite == a.class_name for _, a in demo_attempts
    )
    assert len(kinds) == 3
    assert sum(case.flow == "" for case in cases()) == world().unmapped.tests


@pytest.mark.parametrize("name", ["access_log", "mixpanel"])
def test_every_line_of_a_file_has_the_class_it_was_written_with(
    short_demo: Path, demo_truth: demo.Truth, name: str
) -> None:
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for path, item in parsed(short_demo, name):
        counts = seen[str(path.relative_to(short_demo / "inbox"))]
        assert not isinstance(item, Warn), (path, item)
        if isinstance(item, Tally):
            counts.update(
                {
                    "lines": item.read,
                    **{k: v for k, v in msgspec.structs.asdict(item).items() if k != "read"},
                }
            )
        counts["rejected"] += isinstance(item, Reject)
    expected = {
        path: msgspec.structs.asdict(c)
        for path, c in demo_truth.traffic.items()
        if path.startswith(name)
    }
    assert {
        path: {k: counts[k] for k in expected[path]} for path, counts in seen.items()
    } == expected
    for path in expected:
        content = gzip.decompress((short_demo / "inbox" / path).read_bytes())
        assert content.count(b"\n") == expected[path]["lines"]


@pytest.mark.parametrize("name", ["jira", "incidents", "deployments"])
def test_other_files_are_read_without_a_remark(short_demo: Path, name: str) -> None:
    items = [item for _, item in parsed(short_demo, name)]
    assert items
    assert all(isinstance(item, Record) for item in items), [
        i for i in items if not isinstance(i, Record)
    ]


def test_bundles_are_read_without_a_remark(
    short_demo: Path, demo_attempts: list[tuple[dict[str, object], TestAttempt]]
) -> None:
    items = [item for _, item in parsed(short_demo, "ci_bundle")]
    odd = [item for item in items if isinstance(item, Reject | Warn)]
    assert len([item for item in items if isinstance(item, TestAttempt)]) == len(demo_attempts)
    assert len(odd) <= len(planted().missing), odd


def test_secrets_are_in_the_inbox_and_in_nothing_that_is_read_from_it(
    short_demo: Path, demo_truth: demo.Truth
) -> None:
    landed = b"".join(
        gzip.decompress(content) if name.endswith(".gz") else content
        for name, content in inbox(short_demo).items()
        if not name.endswith(".zip")
    ) + b"".join(content for *_, content in reports(short_demo))
    kept = "".join(
        repr(item)
        for name in ("access_log", "mixpanel", "ci_bundle", "jira", "incidents", "deployments")
        for _, item in parsed(short_demo, name)
    )
    assert {needle: needle.encode() in landed for needle in demo_truth.secrets} == dict.fromkeys(
        demo_truth.secrets, True
    )
    assert [needle for needle in demo_truth.secrets if needle in kept] == []


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2025, 10, 26), date(2026, 1, 15)])
def test_stamps_are_right_where_clocks_change(day: date) -> None:
    text = log_file("backoffice", day, seed=7, incidents=()).text
    stamps = [
        datetime.strptime(line.split("[")[1].split("]")[0], "%d/%b/%Y:%H:%M:%S %z")
        for line in text.splitlines()
        if "]" in line
    ]
    assert {stamp.astimezone(ZONE).date() for stamp in stamps} == {day}
    assert all(
        stamp.utcoffset() == stamp.astimezone(ZONE).utcoffset()
        for stamp in stamps
        if stamp.hour != 2
    )
    for line in event_file(day, seed=7, last=False).lines:
        if b'"app_version"' in line:
            at = datetime.fromtimestamp(json.loads(line)["properties"]["time"], UTC)
            assert at.date() == day
    assert (
        LocalDay(day).utc(12 * 3600)
        == datetime(day.year, day.month, day.day, 12, tzinfo=ZONE).timestamp()
    )


def test_ids_take_their_places_in_routes() -> None:
    from random import Random

    request = filler("POST /api/cart/{hex}/items/{id}")(Random(1))
    assert request.startswith("POST /api/cart/")
    assert "{" not in request
    assert request.rpartition("/")[2].isdigit()
