"""`gapsight doctor`: files of the inbox that could not be read, or that no run will load."""

import gzip
import json
from pathlib import Path

import pytest

from orchestration.loading import load_family
from orchestration.settings import load
from tests.unit.doctor_support import Examined, drop_incident, load_and_publish, quiet_workspace

DAY = "2026-06-30"
GOOD = [{"id": f"INC-{number}", "started_at": f"{DAY}T10:00:00Z"} for number in range(2000)]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a key and one flow, and 2,000 good incidents."""
    folder = quiet_workspace(tmp_path / "shop", monkeypatch)
    drop_incident(folder, json.dumps(GOOD))
    return folder


def drop(workspace: Path, name: str, content: bytes, day: str = DAY) -> Path:
    place = workspace / "var" / "inbox" / "incidents" / day / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return place


def test_unreadable_files_are_named_however_many_good_records_there_are(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drop(workspace, "cut.json.gz", gzip.compress(json.dumps(GOOD).encode())[:-20])
    drop(workspace, "noise.json", b"\x00\x01\x02")
    drop(workspace, "empty.json", b"")
    drop(workspace, "other.json", b"<html/>")
    load_and_publish(workspace)
    load_family(load(workspace), "incidents")  # nothing is loaded by it
    found = Examined(workspace, capsys, "2026-07-01")
    assert found.code == 1
    [(level, what, do)] = found.about("incidents")
    assert level == "error"
    assert what.startswith(
        "incidents: 4 of 5 files are unreadable: incidents/2026-06-30/cut.json.gz: "
    )
    assert "; incidents/2026-06-30/empty.json: " in what
    assert what.endswith("; and 1 more")
    assert do.startswith("fetch such a file again, then gapsight run; ")
    assert "gapsight parse incidents FILE" in do
    state = found.one("sources", "incidents")
    assert (state["state"], state["unreadable"]) == ("unreadable", 4)
    assert (state["records_read"], state["rejected"]) == (2000, 0)


def test_an_unreadable_file_brings_no_newer_day(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drop(workspace, "noise.json", b"\x00", day="2026-07-09")
    load_and_publish(workspace)
    state = Examined(workspace, capsys, "2026-07-10").one("sources", "incidents")
    assert state["last_day"] == DAY


def test_a_file_that_left_the_inbox_is_complained_of_no_more(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = [
        drop(workspace, "noise.json", b"\x00"),
        drop(workspace, "rejects.json", json.dumps([{"title": "no id"}] * 500).encode()),
    ]
    load_and_publish(workspace)
    assert len(Examined(workspace, capsys, "2026-07-01").findings) == 2
    for place in places:
        place.unlink()
    load_family(load(workspace), "incidents")
    assert Examined(workspace, capsys, "2026-07-01").findings == []


def test_a_report_that_is_cut_off_is_a_warning(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = workspace / "var" / "inbox" / "ci_bundle" / DAY / "run-1"
    bundle.mkdir(parents=True)
    manifest = {
        "gapsight_bundle": 1,
        "repo": "shop-web",
        "sha": "a" * 40,
        "build": "1",
    }
    manifest["started_at"] = f"{DAY}T10:00:00Z"
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    (bundle / "junit.xml").write_text('<testsuite name="a"><testcase name="t" time="1"/>')
    load_family(load(workspace), "ci")
    load_and_publish(workspace)
    found = Examined(workspace, capsys, "2026-07-01")
    [(level, what, _)] = [f for f in found.about("ci_bundle") if "in part" in f[1]]
    assert level == "warning"
    assert what.startswith(
        "ci_bundle: 1 of 1 files were read in part: ci_bundle/2026-06-30/run-1: "
    )
    assert "cut off" in what


def test_files_that_no_run_loads_are_told_from_those_the_next_one_loads(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load_and_publish(workspace)
    drop(workspace, "old.json", b"[]", day="2026-05-03")
    drop(workspace, "old.json", b"[]", day="2026-05-01")
    drop(workspace, "clock.json", b"[]", day="2999-01-01")
    drop(workspace, "next.json", b"[]", day="2026-07-01")
    found = Examined(workspace, capsys, "2026-07-01").about("incidents")
    said = {what: (level, do) for level, what, do in found}
    assert said["incidents: 1 of 5 files are not loaded"] == ("stale", "gapsight run")
    (before,) = [what for what in said if "lie before first_day (2026-06-01)" in what]
    assert "2 of 5 files" in before
    assert said[before][1].startswith("set first_day = 2026-05-01 in gapsight.toml")
    (after,) = [what for what in said if "lie after today" in what]
    assert after.endswith("the last: incidents/2999-01-01/clock.json")
    assert "clock" in said[after][1]
