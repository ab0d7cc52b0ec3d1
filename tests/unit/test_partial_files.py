"""The ledger says of which files something is missing, and of which report inside a bundle."""

import json
from pathlib import Path

import duckdb
import pytest

from orchestration.damage import damaged_files
from orchestration.loading import load_family
from orchestration.settings import Settings, load
from tests.unit.cli_support import make_workspace

DAY = "2026-06-30"
MANIFEST = {
    "gapsight_bundle": 1,
    "repo": "shop-web",
    "sha": "a" * 40,
    "build": "1",
    "started_at": f"{DAY}T10:00:00Z",
}
WHOLE = '<testsuite name="a"><testcase name="t" time="1"/></testsuite>'
CUT_OFF = '<testsuite name="a"><testcase name="t" time="1"/><testcase name="u"/>'
RECOVERED = '<testsuite name="a"><testcase name="t & u" time="1"/></testsuite>'


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(make_workspace(tmp_path / "shop"))


def bundle(settings: Settings, build: str, **reports: str) -> None:
    folder = settings.paths.inbox / "ci_bundle" / DAY / build
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({**MANIFEST, "build": build}))
    for name, content in reports.items():
        (folder / f"{name}.xml").write_text(content)


def issues(settings: Settings, name: str, *, total: int) -> None:
    stamps = dict.fromkeys(("created", "updated"), f"{DAY}T08:00:00.000+0000")
    changelog = {"histories": [], "total": total, "maxResults": 0}
    issue = {"key": "PAY-1", "fields": {"summary": "no", **stamps}, "changelog": changelog}
    place = settings.paths.inbox / "jira" / DAY / f"{name}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps({"issues": [issue]}))


def ledger(settings: Settings, query: str) -> list[tuple[object, ...]]:
    lake = settings.paths.lake
    with duckdb.connect() as memory:
        for table in ("loads", "rejects"):
            memory.execute(
                f"create view {table} as select * from read_parquet('{lake}/{table}/*/*.parquet')"
            )
        return memory.execute(query).fetchall()


def test_a_file_of_which_something_is_missing_is_partial(settings: Settings) -> None:
    bundle(settings, "cut-off", junit=CUT_OFF)
    bundle(settings, "recovered", junit=RECOVERED)
    bundle(settings, "refused", junit=WHOLE, other=CUT_OFF[:20])
    bundle(settings, "whole", junit=WHOLE)
    load_family(settings, "ci")
    found = ledger(settings, "select split(path, '/')[3], partial from loads order by 1")
    assert found == [("cut-off", True), ("recovered", True), ("refused", True), ("whole", False)]


def test_a_history_that_the_tracker_cut_short_makes_the_file_partial(settings: Settings) -> None:
    issues(settings, "cut", total=5)
    issues(settings, "whole", total=0)
    load_family(settings, "issues")
    found = ledger(settings, "select split(path, '/')[3], partial from loads order by 1")
    assert found == [("cut.json", True), ("whole.json", False)]
    [damaged] = damaged_files(settings.paths.lake)
    assert damaged.reason == "changelog cut short in 1 issues: PAY-1 lacks 5"
    assert not damaged.is_unreadable


def test_a_reject_names_the_report_inside_its_bundle(settings: Settings) -> None:
    bundle(settings, "1", junit=CUT_OFF)
    load_family(settings, "ci")
    found = ledger(settings, "select distinct member from rejects")
    assert found == [("junit.xml",)]


def test_a_ledger_from_before_the_flag_still_tells_of_refused_reports(settings: Settings) -> None:
    bundle(settings, "1", junit=CUT_OFF)
    bundle(settings, "2", junit=RECOVERED)
    load_family(settings, "ci")
    [part] = (settings.paths.lake / "loads").glob(f"day={DAY}/*.parquet")
    [empty] = (settings.paths.lake / "loads").glob("*/schema.parquet")
    for place in (part, empty):
        with duckdb.connect() as memory:
            memory.execute(f"create table old as select * exclude (partial) from '{place}'")
            memory.execute(f"copy old to '{place}' (format parquet)")
    [damaged] = damaged_files(settings.paths.lake)
    assert damaged.path.endswith("/1")
