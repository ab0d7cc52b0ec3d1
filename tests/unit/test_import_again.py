"""`import-ci` a second time: a run has one bundle, whatever is learnt of its day; and which days count."""

import os
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from gapsight.cli.main import main
from ingest.ci.manifest import read_manifest
from ingest.records import TestAttempt
from orchestration.inbox import list_units
from orchestration.lake import Lake
from orchestration.loading import load_family
from orchestration.settings import load
from tests.unit.ci_bundle_support import JUNIT, stamped
from tests.unit.cli_support import make_workspace
from tests.unit.onboarding_support import write_log

AGE = datetime(2026, 7, 20, 12, tzinfo=UTC).timestamp()
OLD, NEW = "ci_bundle/2026-07-20/web-17.zip", "ci_bundle/2026-06-30/web-17.zip"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_workspace(tmp_path / "shop")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """One run whose only report carries no stamp."""
    return write(tmp_path / "ci" / "17" / "a.xml", JUNIT).parents[1]


def write(path: Path, text: str, age: float = AGE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (age, age))
    return path


def bring(shop: Path, archive: Path, *more: str, pattern: str = "{build}/...") -> int:
    args = ["import-ci", str(archive), "--pattern", pattern, "--workspace", str(shop)]
    return main([*args, *(more if "--repo" in more else ("--repo", "web", *more))])


def inbox(shop: Path) -> list[str]:
    return [unit.path for unit in list_units(shop / "var" / "inbox", "ci_bundle")]


def test_a_run_whose_day_becomes_known_is_moved_not_doubled(
    shop: Path, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bring(shop, archive) == 0
    assert inbox(shop) == [OLD]
    write(archive / "17" / "b.xml", stamped())
    assert bring(shop, archive, "--dry-run") == 0
    assert f"would move  {NEW} (2 reports" in capsys.readouterr().out
    assert inbox(shop) == [OLD]
    assert bring(shop, archive) == 0
    assert inbox(shop) == [NEW]
    assert f"moved      {NEW} (2 reports; no sha)" in capsys.readouterr().out
    assert bring(shop, archive) == 0
    assert f"unchanged  {NEW}" in capsys.readouterr().out


def test_a_kill_between_leaves_two_and_the_next_import_one(
    shop: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bring(shop, archive) == 0
    write(archive / "17" / "b.xml", stamped())

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(Path, "unlink", killed)
        assert bring(shop, archive) == 130
    assert OLD in inbox(shop), "nothing is removed before the new one is whole"
    assert bring(shop, archive) == 0
    assert inbox(shop) == [NEW]


def test_a_bundle_that_is_loaded_stays_in_its_folder_because_rows_of_a_removed_file_would_stay(
    shop: Path, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bring(shop, archive) == 0
    settings = load(shop)
    load_family(settings, "ci")
    write(archive / "17" / "b.xml", stamped())
    assert bring(shop, archive) == 0
    assert f"replaced   {OLD} (2 reports; no sha; it is loaded" in capsys.readouterr().out
    assert inbox(shop) == [OLD]
    load_family(settings, "ci")
    lake = Lake(settings.paths.lake)
    (entry,) = lake.ledger(["ci_bundle"]).values()
    assert entry.parts[TestAttempt.TABLE] == [date(2026, 6, 30)], "its rows are of the known day"


def test_only_the_bundle_of_the_same_run_is_removed(
    shop: Path, archive: Path, tmp_path: Path
) -> None:
    """`web` build `1-7` and `web-1` build `7` would have one file name, as might anybody's own zip."""
    write(tmp_path / "other" / "1-7" / "a.xml", JUNIT)
    assert bring(shop, tmp_path / "other") == 0
    write(tmp_path / "third" / "7" / "a.xml", stamped())
    assert bring(shop, tmp_path / "third", "--repo", "web-1") == 0
    assert inbox(shop) == [
        "ci_bundle/2026-06-30/web-1-7.zip",
        "ci_bundle/2026-07-20/web-1-7.zip",
    ]
    assert bring(shop, archive) == 0
    own = shop / "var/inbox/ci_bundle/2026-05-01/mine/web-17.zip"
    own.parent.mkdir(parents=True)
    own.write_bytes((shop / "var/inbox" / OLD).read_bytes())
    write(archive / "17" / "b.xml", stamped())
    assert bring(shop, archive) == 0
    assert own.is_file(), "import-ci never writes deeper than a day's folder"
    assert OLD not in inbox(shop)


def test_another_run_of_the_same_file_name_is_never_overwritten(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "one" / "1-7" / "a.xml", stamped())
    write(tmp_path / "two" / "7" / "a.xml", stamped())
    assert bring(shop, tmp_path / "one") == 0
    assert bring(shop, tmp_path / "two", "--repo", "web-1") == 1
    assert "web-1-7.zip holds build 1-7 of web" in capsys.readouterr().err
    with zipfile.ZipFile(shop / "var/inbox/ci_bundle/2026-06-30/web-1-7.zip") as there:
        assert read_manifest(there.read("manifest.json"))[0].repo == "web"


def test_runs_outside_the_days_that_are_loaded_are_said(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = load(shop).first_day
    late = datetime.now(UTC).date() + timedelta(days=9)
    for day in (first - timedelta(days=30), first - timedelta(days=1), first, late):
        write(tmp_path / "ci" / str(day) / "a.xml", JUNIT)
    assert bring(shop, tmp_path / "ci", pattern="{date}/...") == 0
    err = capsys.readouterr().err
    assert (
        f"2 files lie before first_day {first} ({first - timedelta(days=30)} to"
        f" {first - timedelta(days=1)}): they will not be loaded; set first_day in gapsight.toml"
        f" to {first - timedelta(days=30)} or earlier"
    ) in err
    assert f"1 files lie after today ({late}): they will not be loaded before that day" in err


def test_init_says_which_files_a_workspace_will_not_load(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = write_log(tmp_path / "web.log", 50)
    team = tmp_path / "team"
    team.mkdir()
    (team / "gapsight.toml").write_text("[workspace]\nfirst_day = 2026-06-01\n")
    assert main(["init", str(team), "--from", str(log), "--load"]) == 0
    assert "1 files lie before first_day 2026-06-01 (2026-03-01)" in capsys.readouterr().err
    assert main(["init", str(tmp_path / "two"), "--from", str(log), "--load"]) == 0
    assert "first_day" not in capsys.readouterr().err


def test_runs_dated_by_the_age_of_their_files_after_all_use_are_said(
    shop: Path, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bring(shop, archive) == 0
    assert "use is known" not in capsys.readouterr().err, "there is no use yet"
    logs = shop / "var/inbox/access_log"
    write_log(logs / "2026-07-01" / "web.log", 50)
    assert bring(shop, archive) == 0
    err = " ".join(capsys.readouterr().err.split())
    assert "use is known until 2026-07-01, the newest run is put on 2026-07-20" in err
    assert "by the age of its files" in err
    assert "use {date} in the pattern" in err
    write_log(logs / "2026-07-16" / "web.log", 50)
    assert bring(shop, archive) == 0
    assert "use is known" not in capsys.readouterr().err, "near enough"
    write(archive / "17" / "b.xml", stamped())
    assert bring(shop, archive) == 0
    assert "use is known" not in capsys.readouterr().err
