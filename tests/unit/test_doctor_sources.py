"""`gapsight doctor`: which sources are set up and can be reached, and whether the disk has room."""

import os
from pathlib import Path

import pytest

from gapsight.health.disk import shortage
from orchestration.loading import load_family
from orchestration.settings import load
from tests.unit.cli_support import make_marts
from tests.unit.doctor_support import Examined, drop_incident, load_and_publish, quiet_workspace

JIRA = '[sources.jira]\nzone = "UTC"\n'
GB = 1_000_000_000


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace in which incidents are loaded and jira is set up."""
    folder = quiet_workspace(tmp_path / "shop", monkeypatch, JIRA)
    drop_incident(folder)
    load_and_publish(folder)
    return folder


def test_how_each_source_is_set_up(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = Examined(workspace, capsys, "2026-07-01")
    facts = {
        source["source"]: (source["configured"], source["configured_by"], source["reachable"])
        for source in found.said["sources"]
    }
    assert facts["incidents"] == (True, ["inbox"], True)
    assert facts["jira"] == (True, ["settings"], None), "no folder yet"
    assert facts["mixpanel"] == (False, [], None)
    mixpanel = found.one("sources", "mixpanel")
    assert mixpanel["state"] == "not set up"
    assert mixpanel["do"] == ["put files in inbox/mixpanel/YYYY-MM-DD/, if you have any"]
    assert "junit" not in facts, "it comes inside CI bundles"


def test_a_source_that_is_set_up_and_brings_nothing_is_unknown(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / "var" / "inbox" / "deployments").mkdir()
    found = Examined(workspace, capsys, "2026-07-01")
    assert found.code == 2
    for name in ("jira", "deployments"):
        advice = f"check what brings files to inbox/{name}/YYYY-MM-DD/"
        what = f"{name}: it is set up, but no file ever came"
        assert found.about(name) == [("unknown", what, advice)]
        assert found.one("sources", name)["state"] == "no files"
        assert found.one("sources", name)["do"] == [advice]


def no_folder(place: Path) -> str:
    place.write_text("a file")
    return "is a file, not a folder"


def share_not_mounted(place: Path) -> str:
    place.symlink_to("/nowhere/share")
    return "points to /nowhere/share, which is not there"


def circle(place: Path) -> str:
    place.symlink_to(place)
    return "cannot be read: Too many levels of symbolic links"


@pytest.mark.parametrize("spoil", [no_folder, share_not_mounted, circle])
def test_an_inbox_folder_that_cannot_be_read(
    workspace: Path, capsys: pytest.CaptureFixture[str], spoil
) -> None:
    problem = spoil(workspace / "var" / "inbox" / "jira")
    found = Examined(workspace, capsys, "2026-07-01")
    assert found.code == 1
    [(level, what, do)] = found.about("jira")
    assert (level, what) == ("error", f"jira: its inbox folder {problem}")
    assert do.startswith(f"check {workspace / 'var' / 'inbox' / 'jira'}")
    jira = found.one("sources", "jira")
    assert (jira["configured"], jira["reachable"], jira["state"]) == (True, False, "unreachable")


@pytest.mark.parametrize("spoil", [no_folder, share_not_mounted, circle])
def test_an_inbox_that_cannot_be_read_is_one_finding(
    workspace: Path, capsys: pytest.CaptureFixture[str], spoil
) -> None:
    inbox = workspace / "var" / "inbox"
    inbox.rename(workspace / "elsewhere")
    problem = spoil(inbox)
    found = Examined(workspace, capsys, "2026-07-01")
    assert found.findings == [("error", f"the inbox {problem}")]
    assert str(inbox) in found.said["findings"][0]["do"]


def test_a_day_that_may_not_be_read(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    day = workspace / "var" / "inbox" / "jira" / "2026-06-30"
    day.mkdir(parents=True)
    day.chmod(0)
    try:
        if os.access(day, os.R_OK):
            pytest.skip("root may read everything")
        found = Examined(workspace, capsys, "2026-07-01")
    finally:
        day.chmod(0o700)
    [(level, what, _)] = found.about("jira")
    assert level == "error"
    assert what == f"jira: its inbox folder cannot be read: {day}: Permission denied"
    assert found.one("sources", "incidents")["state"] == "ok"


def test_a_source_whose_repository_is_not_there_is_not_ok(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (workspace / "gapsight.toml").open("a") as settings:
        settings.write('[[repos]]\nname = "shop-web"\npath = "nowhere"\n')
    git = Examined(workspace, capsys, "2026-07-01").one("sources", "git")
    assert (git["reachable"], git["state"]) == (False, "not reached")
    assert git["do"] == ["see what is said of [[repos]]"]


def test_what_lies_where_on_the_disk(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = workspace / "var" / "dagster" / "history"
    history.mkdir(parents=True)
    (history / "old.db").write_bytes(b"x" * 5000)
    (workspace / "var" / "asof" / "2026-06-01").mkdir(parents=True)
    (workspace / "var" / "asof" / "2026-06-01" / "warehouse.duckdb").write_bytes(b"x" * 7000)
    bytes_of = Examined(workspace, capsys, "2026-07-01").said["disk_bytes"]
    names = ["inbox", "lake", "warehouse", "published", "dagster", "other", "free", "volume"]
    assert list(bytes_of) == names
    assert bytes_of["dagster"] == 5000
    assert bytes_of["other"] == 7000
    assert bytes_of["volume"] > bytes_of["free"] > 0


def test_a_volume_without_room_for_a_run_is_an_error(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    free = Examined(workspace, capsys, "2026-07-01").said["disk_bytes"]["free"]
    with (workspace / "var" / "lake" / "years.parquet").open("wb") as sparse:
        sparse.truncate(free)
    found = Examined(workspace, capsys, "2026-07-01")
    [finding] = [finding for finding in found.said["findings"] if "are free" in finding["what"]]
    assert finding["level"] == "error"
    assert "a run may need" in finding["what"]
    assert finding["do"].startswith("make room on the volume of")
    assert found.code == 1


@pytest.mark.parametrize(
    ("free", "lake", "needed"),
    [
        (GB - 1, 0, GB),
        (GB, 0, 0),
        (3 * GB, 2 * GB, 4 * GB),
        (4 * GB, 2 * GB, 0),
    ],
)
def test_how_much_room_a_run_needs(free: int, lake: int, needed: int) -> None:
    assert shortage(free, lake) == needed


def test_a_product_database_is_not_stale_for_as_long_as_it_lags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lagging = (
        '[[fetch.database]]\nname = "orders"\nurl_env = "ORDERS_URL"\nlag_days = 4\n'
        'query = "select at, state as event from moves where at >= :start and at < :end"\n'
    )
    folder = quiet_workspace(tmp_path / "shop", monkeypatch, lagging)
    place = folder / "var" / "inbox" / "database" / "2026-06-26" / "orders.csv"
    place.parent.mkdir(parents=True)
    place.write_text("day,count,service,lag_days,event\n2026-06-26,3,orders,4,paid\n")
    load_family(load(folder), "usage")
    make_marts(folder / "var" / "published" / "marts.duckdb")
    # Four days of its own and the two that any source may be late.
    assert Examined(folder, capsys, "2026-07-02").about("database") == []
    [(level, what, _)] = Examined(folder, capsys, "2026-07-03").about("database")
    assert (level, what) == ("stale", "database: the newest data are of 2026-06-26, 7 days ago")
