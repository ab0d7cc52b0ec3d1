"""Inbox files that are older than a team keeps them: which go, which stay, and what stays of them."""

import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gapsight.cli.main import main
from ingest import sources
from ingest.records import Record
from ingest.source import Context
from ingest.sources import incidents
from orchestration import expiry, inbox, packing
from orchestration.expiry import expire
from orchestration.forgetting import forget
from orchestration.lake import Lake
from orchestration.landing import fetches
from orchestration.loading import load_family
from orchestration.settings import ConfigError, Settings, load
from tests.unit.cli_support import make_workspace
from tests.unit.lake_support import DAY, content, incident, put_incidents, rows, workspace
from tests.unit.test_cli_fetch import MIXPANEL, export
from tests.unit.vendor_server import Vendor

KEEP = "keep_inbox_days = 30\n"
TODAY = DAY + timedelta(days=40)
OLD, YOUNG = DAY, TODAY - timedelta(days=30)


@pytest.fixture
def shop(tmp_path: Path) -> Settings:
    """Two old files and a young one, loaded."""
    settings = workspace(tmp_path / "shop", KEEP)
    for name, day in (("a", OLD), ("b", OLD), ("c", YOUNG)):
        put_incidents(settings, f"{name}.json", [incident(f"I-{name}", day), {}], day)
    load_family(settings, "incidents")
    return settings


def files(settings: Settings) -> list[str]:
    top = settings.paths.inbox
    return sorted(p.relative_to(top).as_posix() for p in top.rglob("*") if not p.is_dir())


def without_mark(settings: Settings) -> dict[str, list[tuple]]:
    found = content(settings)
    found["loads"] = rows(settings, "loads", "* exclude (removed_on)")
    return found


def removed(settings: Settings) -> list[tuple]:
    return rows(settings, "loads", "path, removed_on")


def test_old_loaded_files_go_and_their_rows_stay(shop: Settings) -> None:
    before = without_mark(shop)
    [found] = expire(shop, "incidents", TODAY)
    assert (found.source, found.keep_inbox_days, found.removed, dict(found.kept)) == (
        "incidents", 30, 2, {},
    )  # fmt: skip
    assert found.bytes > 100
    assert files(shop) == [f"incidents/{YOUNG}/c.json"]
    assert [p.name for p in (shop.paths.inbox / "incidents").iterdir()] == [str(YOUNG)]
    assert without_mark(shop) == before
    assert removed(shop) == [
        (f"incidents/{OLD}/a.json", TODAY),
        (f"incidents/{OLD}/b.json", TODAY),
        (f"incidents/{YOUNG}/c.json", None),
    ]
    digest = Lake(shop.paths.lake).digest()
    assert load_family(shop, "incidents").warnings == []
    assert expire(shop, "incidents", TODAY) == []
    assert without_mark(shop) == before
    assert Lake(shop.paths.lake).digest() == digest


def test_a_file_of_the_limits_last_day_stays(shop: Settings) -> None:
    assert expire(shop, "incidents", OLD + timedelta(days=30)) == []
    assert expire(shop, "incidents", OLD + timedelta(days=31))[0].removed == 2


def test_without_a_setting_everything_stays(tmp_path: Path) -> None:
    settings = workspace(tmp_path)
    put_incidents(settings, "a.json", [incident("I-1")])
    load_family(settings, "incidents")
    assert expire(settings, "incidents", date(9999, 1, 1)) == []
    assert len(files(settings)) == 1


def test_a_source_may_have_a_limit_of_its_own_or_none(tmp_path: Path) -> None:
    extra = (
        f'{KEEP}[sources.incidents]\nkeep_inbox_days = "all"\n[sources.jira]\nkeep_inbox_days = 3\n'
    )
    settings = workspace(tmp_path, extra)
    named = {name: settings.inbox_days(name) for name in ("incidents", "jira", "mixpanel")}
    assert named == {"incidents": None, "jira": 3, "mixpanel": 30}
    assert "keep_inbox_days" not in settings.context("jira", folder_day=DAY, name="x").options


@pytest.mark.parametrize("given", ["0", "-1", '"never"', "true", "1.5"])
@pytest.mark.parametrize("table", ["", "[sources.jira]\n", "[sources.git]\n"])
def test_a_limit_that_is_none_is_refused(tmp_path: Path, given: str, table: str) -> None:
    with pytest.raises(ConfigError, match="keep_inbox_days"):
        workspace(tmp_path, f"{table}keep_inbox_days = {given}\n")


def test_a_format_inside_bundles_has_no_limit_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown key 'keep_inbox_days'"):
        workspace(tmp_path, "[sources.junit]\nkeep_inbox_days = 30\n")


def test_a_new_limit_loads_nothing_again(shop: Settings) -> None:
    text = (shop.workspace / "gapsight.toml").read_text()
    more = '[sources.incidents]\nkeep_inbox_days = "all"\n'
    (shop.workspace / "gapsight.toml").write_text(text + more)
    assert load_family(load(shop.workspace, environ={}), "incidents").loaded == 0


def test_what_the_lake_does_not_hold_as_it_is_now_stays(shop: Settings) -> None:
    put_incidents(shop, "a.json", [incident("I-a", OLD, title="changed since")], OLD)
    put_incidents(shop, "new.json", [incident("I-n", OLD)], OLD)
    [found] = expire(shop, "incidents", TODAY)
    assert (found.removed, found.kept[expiry.NOT_LOADED]) == (1, 2)
    assert files(shop)[:2] == [f"incidents/{OLD}/a.json", f"incidents/{OLD}/new.json"]
    load_family(shop, "incidents")
    assert expire(shop, "incidents", TODAY)[0].removed == 2


def test_a_file_whose_rows_are_damaged_stays(shop: Settings) -> None:
    for place in (shop.paths.lake / "incidents" / f"day={OLD}").glob("*--*"):
        place.write_bytes(b"PAR1 torn")
    assert expire(shop, "incidents", TODAY)[0].kept == {expiry.NOT_LOADED: 2}


def test_a_file_of_which_nothing_could_be_read_stays(shop: Settings) -> None:
    put_incidents(shop, "a.json", [incident("I-a", OLD)], OLD).write_text("no JSON at all")
    load_family(shop, "incidents")
    [found] = expire(shop, "incidents", TODAY)
    assert (found.removed, found.kept) == (1, {expiry.NOTHING_READ: 1})


def test_an_empty_list_is_a_file_that_was_read(shop: Settings) -> None:
    put_incidents(shop, "a.json", [], OLD)
    load_family(shop, "incidents")
    assert expire(shop, "incidents", TODAY)[0].removed == 2


def test_what_lies_behind_a_link_is_never_touched(shop: Settings, tmp_path: Path) -> None:
    outside = tmp_path / "archive"
    outside.mkdir()
    top = shop.paths.inbox / "incidents"
    for name in ("kept.json", "linked.json"):
        (outside / name).write_text(json.dumps([incident(f"I-{name}", OLD)]))
    (top / str(OLD) / "linked.json").symlink_to(outside / "linked.json")
    (top / str(OLD - timedelta(days=1))).symlink_to(outside, target_is_directory=True)
    load_family(shop, "incidents")
    [found] = expire(shop, "incidents", TODAY)
    assert (found.removed, found.kept) == (2, {expiry.LINKED: 3})
    assert sorted(p.name for p in outside.iterdir()) == ["kept.json", "linked.json"]
    assert (top / str(OLD) / "linked.json").is_symlink()


def test_an_inbox_that_is_itself_a_link_is_the_inbox(shop: Settings, tmp_path: Path) -> None:
    moved = shop.paths.inbox.rename(tmp_path / "volume")
    shop.paths.inbox.symlink_to(moved, target_is_directory=True)
    assert expire(shop, "incidents", TODAY)[0].removed == 2


def test_folders_of_no_source_and_files_of_no_day_are_never_touched(shop: Settings) -> None:
    strange = shop.paths.inbox / "unknown" / "2020-01-01" / "a.json"
    strange.parent.mkdir(parents=True)
    strange.write_text("[]")
    hidden = shop.paths.inbox / "incidents" / str(OLD) / ".note"
    hidden.write_text("mine")
    expire(shop, "incidents", TODAY)
    assert strange.exists()
    assert hidden.exists()


def test_a_dry_run_only_counts(shop: Settings) -> None:
    before = files(shop), content(shop)
    [found] = expire(shop, "incidents", TODAY, dry_run=True)
    assert (found.removed, found.bytes > 100) == (2, True)
    assert (files(shop), content(shop)) == before


def test_bundles_go_whole_as_folder_and_as_zip(tmp_path: Path) -> None:
    settings = workspace(tmp_path, KEEP)
    day = settings.paths.inbox / "ci_bundle" / str(OLD)
    folder = day / "web" / "run-1"
    folder.mkdir(parents=True)
    report = '<testsuite name="s"><testcase classname="c" name="t"/></testsuite>'
    facts = {"gapsight_bundle": 1, "repo": "web", "sha": "a" * 40, "build": "1"}
    facts["started_at"] = f"{OLD}T10:00:00Z"
    (folder / "manifest.json").write_text(json.dumps(facts))
    (folder / "junit.xml").write_text(report)
    with zipfile.ZipFile(day / "run-2.zip", "w") as archive:
        archive.writestr("manifest.json", json.dumps({**facts, "build": "2"}))
        archive.writestr("junit.xml", report)
    assert load_family(settings, "ci").rows["test_attempts"] == 2
    before = without_mark(settings)
    [found] = (one for one in expire(settings, "ci", TODAY) if one.source == "ci_bundle")
    assert found.removed == 2
    assert list((settings.paths.inbox / "ci_bundle").iterdir()) == []
    load_family(settings, "ci")
    assert without_mark(settings) == before


def test_a_killed_removal_is_finished_by_the_next(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = content(shop)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(expiry, "remove_unit", killed)
    with pytest.raises(KeyboardInterrupt):
        expire(shop, "incidents", TODAY)
    monkeypatch.undo()
    assert len(files(shop)) == 3
    assert expire(shop, "incidents", TODAY)[0].removed == 2
    assert {key for (key,) in rows(shop, columns="incident_id")} == {"I-a", "I-b", "I-c"}
    assert [row[1] for row in removed(shop)] == [TODAY, TODAY, None]
    assert content(shop).keys() == whole.keys()


def test_half_of_a_bundle_is_never_loaded_as_another_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = inbox.Unit("ci_bundle", OLD, f"ci_bundle/{OLD}/run")
    place = tmp_path / unit.path
    place.mkdir(parents=True)
    (place / "manifest.json").write_text("{}")
    (place / "junit.xml").write_text("<testsuite/>")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        inbox.remove_unit(tmp_path, unit)
    assert inbox.list_units(tmp_path, "ci_bundle") == []
    inbox.sweep(tmp_path, "ci_bundle", OLD)
    assert list((tmp_path / "ci_bundle").iterdir()) == []


def test_what_a_killed_fetch_left_behind_goes_when_it_is_as_old(shop: Settings) -> None:
    folder = shop.paths.inbox / "incidents" / str(OLD)
    for name, at in ((".old.json.17.part", 0), (".new.json.17.part", None)):
        (folder / name).write_text("half")
        if at is not None:
            os.utime(folder / name, (at, at))
    expire(shop, "incidents", TODAY)
    assert [p.name for p in folder.iterdir()] == [".new.json.17.part"]


def test_a_file_changed_at_the_last_moment_stays(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    marking = packing.mark_removed

    def meanwhile(*given: Any, **more: Any) -> None:
        marking(*given, **more)
        put_incidents(shop, "a.json", [incident("I-a", OLD, title="newer")], OLD)

    monkeypatch.setattr(packing, "mark_removed", meanwhile)
    [found] = expire(shop, "incidents", TODAY)
    assert (found.removed, found.kept) == (1, {expiry.NOT_LOADED: 1})
    assert load_family(shop, "incidents").loaded == 1
    assert "newer" in {title for (title,) in rows(shop, columns="title")}
    assert dict(removed(shop))[f"incidents/{OLD}/a.json"] is None


def test_a_file_that_may_not_be_removed_stops_nothing(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(top: Path, unit: inbox.Unit) -> None:
        if unit.name == "a.json":
            raise PermissionError(13, "Permission denied")
        (top / unit.path).unlink()

    monkeypatch.setattr(expiry, "remove_unit", refused)
    [found] = expire(shop, "incidents", TODAY)
    assert (found.removed, found.kept) == (1, {"may not be removed: Permission denied": 1})


def test_a_newer_parser_reads_what_is_there_and_drops_nothing_of_what_is_gone(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire(shop, "incidents", TODAY)
    before = content(shop)["incidents"]
    newer = replace(incidents.SOURCE, version=incidents.SOURCE.version + 1)
    original = sources.get
    monkeypatch.setattr(
        sources, "get", lambda name: newer if name == "incidents" else original(name)
    )
    monkeypatch.setattr(sources, "of_family", lambda family, **_: (newer,))
    report = load_family(shop, "incidents")
    assert (report.loaded, report.warnings) == (1, [])
    assert content(shop)["incidents"] == before
    old = incidents.SOURCE.version
    found = rows(shop, "loads", "path, parser_version, removed_on")
    assert [row[1:] for row in found] == [(old, TODAY), (old, TODAY), (old + 1, None)]
    assert expire(shop, "incidents", TODAY) == []


def test_a_file_put_back_is_in_the_inbox_again(shop: Settings) -> None:
    before = content(shop)
    kept = (shop.paths.inbox / "incidents" / str(OLD) / "a.json").read_bytes()
    expire(shop, "incidents", TODAY)
    place = put_incidents(shop, "a.json", [], OLD)
    place.write_bytes(kept)
    assert load_family(shop, "incidents").loaded == 1
    assert dict(removed(shop))[f"incidents/{OLD}/a.json"] is None
    assert content(shop)["incidents"] == before["incidents"]
    assert expire(shop, "incidents", TODAY)[0].removed == 1


def test_rows_of_a_removed_file_can_be_withdrawn(shop: Settings) -> None:
    expire(shop, "incidents", TODAY)
    assert len(forget(shop, [f"incidents/{OLD}"])) == 2
    assert {key for (key,) in rows(shop, columns="incident_id")} == {"I-c"}


def test_a_ledger_of_before_the_upgrade_is_read(shop: Settings) -> None:
    for place in (shop.paths.lake / "loads").glob("*/*.parquet"):
        with duckdb.connect() as memory:
            older = f"select * exclude (removed_on) from read_parquet('{place}')"
            memory.execute(f"copy ({older}) to '{place}.x' (format parquet)")
        Path(f"{place}.x").replace(place)
    (shop.paths.lake / "_state" / "schemas.json").unlink()
    found = Lake(shop.paths.lake).ledger(["incidents"])
    assert [entry.removed_on for entry in found.values()] == [None] * 3
    assert expire(shop, "incidents", TODAY)[0].removed == 2
    assert [row[1] for row in removed(shop)] == [TODAY, TODAY, None]


def test_the_command_removes_what_it_said_it_would(
    shop: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["prune", "--workspace", str(shop.workspace), "--as-of", str(TODAY)]
    assert main([*words, "--dry-run"]) == 0
    assert "2 inbox files would be removed" in capsys.readouterr().out
    assert len(files(shop)) == 3
    assert main([*words, "--format", "json"]) == 0
    said = {one["source"]: one for one in json.loads(capsys.readouterr().out)}
    assert said["incidents"]["removed"] == 2
    assert len(files(shop)) == 1
    assert main(words) == 0
    assert "0 inbox files removed by retention" in capsys.readouterr().out


def test_the_command_says_that_no_limit_is_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prune", "--workspace", str(workspace(tmp_path).workspace)]) == 3
    assert "sets no keep_inbox_days" in capsys.readouterr().err


def test_doctor_says_what_is_gone_and_what_should_be(
    shop: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["doctor", "--workspace", str(shop.workspace), "--as-of", str(TODAY)]
    main(words)
    before = capsys.readouterr().out
    assert "2 of 3 files are older than keep_inbox_days (30)" in before
    assert "removed by retention" not in before
    expire(shop, "incidents", TODAY)
    main(words)
    said = capsys.readouterr().out
    assert "retention  30 days; 2 inbox files removed by retention" in said
    assert "older than keep_inbox_days" not in said
    main([*words, "--format", "json"])
    states = {state["source"]: state for state in json.loads(capsys.readouterr().out)["sources"]}
    assert (states["incidents"]["removed"], states["incidents"]["files"]) == (2, 1)


def test_a_parser_that_fails_on_old_bytes_keeps_the_only_copy(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_stream: object, _context: Context) -> Iterator[Record]:
        raise ValueError("bug of the new version")
        yield

    newer = replace(incidents.SOURCE, version=99, parse=broken)
    original = sources.get
    monkeypatch.setattr(
        sources, "get", lambda name: newer if name == "incidents" else original(name)
    )
    monkeypatch.setattr(sources, "of_family", lambda family, **_: (newer,))
    load_family(shop, "incidents")
    assert expire(shop, "incidents", TODAY)[0].kept == {expiry.NOTHING_READ: 2}


def test_a_fetched_day_that_was_removed_is_not_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHOP_USER", "robot")
    monkeypatch.setenv("SHOP_SECRET", "s3cret-value")
    words = ["fetch", "--from", "2026-06-01", "--to", "2026-06-14", "--format", "json"]
    with Vendor(export) as vendor:
        place = make_workspace(tmp_path, f"{KEEP}{MIXPANEL.format(url=vendor.url)}")
        assert main([*words, "--workspace", str(place)]) == 0
        asked = len(vendor.asked)
        settings = load(place)
        assert load_family(settings, "usage").loaded == 14
        [found] = expire(settings, "usage", date(2026, 12, 1))
        assert (found.source, found.removed) == ("mixpanel", 14)
        assert files(settings) == []
        capsys.readouterr()
        assert main([*words, "--workspace", str(place)]) == 0
        assert json.loads(capsys.readouterr().out)[0]["days_asked"] == 0
        assert len(vendor.asked) == asked
        assert load_family(settings, "usage").loaded == 0


def test_an_emptied_inbox_does_not_move_the_day_up_to_which_clones_are_asked(
    tmp_path: Path,
) -> None:
    repos = f'{KEEP}[[repos]]\nname = "web"\npath = "web"\n'
    settings = workspace(tmp_path, repos)
    put_incidents(settings, "a.json", [incident("I-1", OLD)], OLD)
    before = fetches(settings)
    assert before[-1] == OLD
    load_family(settings, "incidents")
    expire(settings, "incidents", TODAY)
    assert fetches(settings) == before
