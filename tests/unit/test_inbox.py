import os
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from orchestration.days import Days
from orchestration.inbox import (
    Fingerprints,
    Unit,
    fingerprint,
    list_units,
    move_dropped,
    unknown_folders,
    write_landed,
)

DAY = date(2026, 6, 30)


def put(place: Path, content: bytes = b"x", at: datetime | None = None) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    if at:
        os.utime(place, (at.timestamp(), at.timestamp()))
    return place


def paths(inbox: Path, source: str = "jira", days: Days | None = None) -> list[str]:
    return [unit.path for unit in list_units(inbox, source, days)]


def test_files_of_day_folders_are_listed_in_order(tmp_path):
    for name in ("2026-07-01/b.json", "2026-06-30/z.json", "2026-06-30/deep/a.json"):
        put(tmp_path / "jira" / name)
    put(tmp_path / "incidents" / "2026-06-30" / "a.json")
    assert paths(tmp_path) == [
        "jira/2026-06-30/deep/a.json",
        "jira/2026-06-30/z.json",
        "jira/2026-07-01/b.json",
    ]
    assert paths(tmp_path, days=Days(DAY, DAY)) == [
        "jira/2026-06-30/deep/a.json",
        "jira/2026-06-30/z.json",
    ]


def test_an_inbox_that_is_not_there_is_empty(tmp_path):
    assert paths(tmp_path / "absent") == []
    assert unknown_folders(tmp_path / "absent", ("jira",)) == []


def test_what_is_hidden_or_still_being_written_is_not_seen(tmp_path):
    for name in (".hidden.json", "a.json.part", "b.json.TMP", "good.json"):
        put(tmp_path / "jira" / "2026-06-30" / name)
    put(tmp_path / "jira" / "2026-06-30" / ".folder" / "a.json")
    assert paths(tmp_path) == ["jira/2026-06-30/good.json"]


def test_a_folder_with_a_manifest_is_one_unit(tmp_path):
    bundle = tmp_path / "ci_bundle" / "2026-06-30"
    put(bundle / "run-1" / "manifest.json")
    put(bundle / "run-1" / "results" / "junit.xml")
    put(bundle / "loose" / "junit.xml")
    assert paths(tmp_path, "ci_bundle") == [
        "ci_bundle/2026-06-30/loose/junit.xml",
        "ci_bundle/2026-06-30/run-1",
    ]


def test_a_file_id_depends_on_the_place_and_nothing_else():
    unit = Unit("jira", DAY, "jira/2026-06-30/a.json")
    assert unit.file_id == Unit("jira", DAY, "jira/2026-06-30/a.json").file_id
    assert len(unit.file_id) == 16
    assert unit.file_id != Unit("jira", DAY, "jira/2026-06-30/b.json").file_id
    assert unit.name == "a.json"


def test_misspelled_folders_are_found(tmp_path):
    put(tmp_path / "jirra" / "2026-06-30" / "a.json")
    put(tmp_path / "jira" / "2026-06-30" / "a.json")
    assert unknown_folders(tmp_path, ("jira",)) == ["jirra"]


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("access-2026-06-30.log.gz", "2026-06-30"),
        ("access.log-20260630.gz", "2026-06-30"),
        ("2026_06_30.json", "2026-06-30"),
        ("build-20269930.zip", "2026-03-01"),  # no such day: the modification time counts
        ("run-120260630.zip", "2026-03-01"),  # part of a longer number
        ("access.log.1", "2026-03-01"),
    ],
)
def test_a_dropped_file_goes_to_the_day_of_its_name_else_of_its_age(tmp_path, name, day):
    put(tmp_path / "access_log" / name, at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    assert move_dropped(tmp_path, "access_log", "UTC") == [f"access_log/{day}/{name}"]
    assert (tmp_path / "access_log" / day / name).exists()
    assert move_dropped(tmp_path, "access_log", "UTC") == []


def test_the_age_is_a_day_of_the_reporting_zone(tmp_path):
    put(tmp_path / "jira" / "a.json", at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    assert move_dropped(tmp_path, "jira", "Europe/Berlin") == ["jira/2026-03-02/a.json"]


def test_a_dropped_file_never_replaces_another(tmp_path):
    folder = tmp_path / "jira" / "2026-06-30"
    put(folder / "2026-06-30.json.gz", b"first")
    put(tmp_path / "jira" / "2026-06-30.json.gz", b"second")
    assert move_dropped(tmp_path, "jira", "UTC") == ["jira/2026-06-30/2026-06-30-2.json.gz"]
    assert (folder / "2026-06-30.json.gz").read_bytes() == b"first"
    assert (folder / "2026-06-30-2.json.gz").read_bytes() == b"second"


def test_the_same_bytes_dropped_again_are_kept_once(tmp_path):
    folder = tmp_path / "jira" / "2026-06-30"
    put(folder / "2026-06-30.json", b"same")
    put(tmp_path / "jira" / "2026-06-30.json", b"same")
    move_dropped(tmp_path, "jira", "UTC")
    assert [p.name for p in folder.iterdir()] == ["2026-06-30.json"]
    assert not (tmp_path / "jira" / "2026-06-30.json").exists()


def test_a_dropped_bundle_folder_moves_whole(tmp_path):
    put(tmp_path / "ci_bundle" / "run-2026-06-30" / "manifest.json")
    move_dropped(tmp_path, "ci_bundle", "UTC")
    assert paths(tmp_path, "ci_bundle") == ["ci_bundle/2026-06-30/run-2026-06-30"]


def test_a_half_written_file_is_not_moved(tmp_path):
    put(tmp_path / "jira" / "2026-06-30.json.part")
    assert move_dropped(tmp_path, "jira", "UTC") == []


def test_landed_bytes_appear_whole_and_only_when_they_are_news(tmp_path):
    target = tmp_path / "git" / "2026-06-30" / "web.log"
    assert write_landed(target, b"one")
    before = target.stat().st_mtime_ns
    assert not write_landed(target, b"one")
    assert target.stat().st_mtime_ns == before
    assert write_landed(target, b"two")
    assert target.read_bytes() == b"two"
    assert [p.name for p in target.parent.iterdir()] == ["web.log"]


def test_a_fingerprint_is_of_the_content(tmp_path):
    one, two = put(tmp_path / "a", b"x" * 3_000_000), put(tmp_path / "b", b"x" * 3_000_000)
    assert fingerprint(one) == fingerprint(two)
    put(two, b"x" * 2_999_999 + b"y")
    assert fingerprint(one) != fingerprint(two)


def test_a_folders_fingerprint_is_of_all_files_and_their_names(tmp_path):
    for name in ("one", "two"):
        put(tmp_path / name / "manifest.json")
        put(tmp_path / name / "deep" / "r.xml", b"r")
    assert fingerprint(tmp_path / "one") == fingerprint(tmp_path / "two")
    (tmp_path / "two" / "deep" / "r.xml").rename(tmp_path / "two" / "r.xml")
    assert fingerprint(tmp_path / "one") != fingerprint(tmp_path / "two")


def settled(place: Path) -> None:
    """Make a file look as if it was written long ago; its change time cannot be set, so wait it out."""
    os.utime(place, (1, 1))
    while time.time_ns() - place.stat().st_ctime_ns < 2_100_000_000:
        time.sleep(0.1)


def test_a_settled_file_is_hashed_once_and_again_when_anything_of_it_changed(tmp_path, monkeypatch):
    unit = Unit("jira", DAY, "jira/2026-06-30/a.json")
    place = put(tmp_path / unit.path, b"one")
    settled(place)
    first = Fingerprints({})
    print_ = first.of(tmp_path, unit)

    hashed = []
    monkeypatch.setattr("orchestration.inbox.fingerprint", lambda p: hashed.append(p) or "new")
    second = Fingerprints(first.after)
    assert second.of(tmp_path, unit) == print_
    assert hashed == []
    put(place, b"two")  # as many bytes
    os.utime(place, (1, 1))  # and the old time, as rsync or cp -p leave it
    assert second.of(tmp_path, unit) == "new"


def test_a_file_changed_just_now_is_not_remembered(tmp_path):
    unit = Unit("jira", DAY, "jira/2026-06-30/a.json")
    put(tmp_path / unit.path, b"one")
    prints = Fingerprints({})
    prints.of(tmp_path, unit)
    assert prints.after == {}, "a second change may leave no new time stamp behind"


def test_a_file_that_is_gone_has_no_fingerprint(tmp_path):
    assert Fingerprints({}).of(tmp_path, Unit("jira", DAY, "jira/2026-06-30/a.json")) is None
