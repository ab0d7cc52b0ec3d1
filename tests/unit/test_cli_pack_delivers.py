"""`gapsight pack`: the file it leaves in a folder or an inbox, under which name and of which day."""

import os
import re
from datetime import date
from pathlib import Path

import pytest

from gapsight.ci_import.bundle import Report, Run, pack
from ingest.files.zips import ZipWriter, zipped
from orchestration.inbox import list_units, move_dropped
from tests.unit.cli_support import make_workspace
from tests.unit.pack_support import JUNIT, KNOWN, Job


def test_the_same_files_give_the_same_bytes_under_the_same_name(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    assert job.pack(*KNOWN) == 0
    [bundle] = job.bundles
    before = bundle.read_bytes()
    os.utime(job.folder / "build/unit/TEST-a.xml", (1_500_000_000, 1_500_000_000))
    capsys.readouterr()
    assert job.pack(*KNOWN, results="build/unit/*.xml") == 0
    assert "unchanged" in capsys.readouterr().out
    assert [(place, place.read_bytes()) for place in job.bundles] == [(bundle, before)]
    job.write("build/unit/TEST-a.xml", JUNIT.format(name="b"))
    assert job.pack(*KNOWN) == 0
    assert len(job.bundles) == 2, "another content is another bundle"


def test_streamed_bundles_have_the_bytes_of_those_made_in_memory(tmp_path: Path) -> None:
    place = tmp_path / "a.bin"
    place.write_bytes(os.urandom(3 << 20) + b"x" * (3 << 20))
    with (tmp_path / "streamed.zip").open("wb") as target, ZipWriter(target) as archive:
        archive.add("a.bin", place)
        archive.add("b", b"b")
    members = {"a.bin": place.read_bytes(), "b": b"b"}
    assert (tmp_path / "streamed.zip").read_bytes() == zipped(members)
    report = Report("a.bin", place, "junit")
    assert len(pack(Run("web", "7"), [report])) > 3 << 20


def test_nothing_is_left_but_the_bundle(
    job: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    assert job.pack(*KNOWN, "--check") == 0
    assert list((tmp_path / "tmp").iterdir()) == []
    names = sorted(path.name for path in job.folder.rglob("*") if path.is_file())
    assert names == sorted([job.bundles[0].name, "TEST-a.xml"])


def test_names_of_jobs_and_builds_make_no_path_and_no_hidden_file(job: Job) -> None:
    words = ("--repo", "../web", "--build", "../../etc/\x1b[31m7", "--job", "e2e: [chrome, ü]" * 30)
    assert job.pack(*words) == 0
    [bundle] = job.bundles
    assert bundle.parent == job.folder / "out"
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,180}\.zip", bundle.name)


def test_a_folder_that_cannot_be_written_is_not_delivered(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    job.write("out", "a file")
    assert job.pack(*KNOWN) == 2
    err = capsys.readouterr().err
    assert "the bundle was not delivered" in err
    assert "Traceback" not in err


def test_the_inbox_of_a_workspace_gets_it_by_its_day(job: Job, tmp_path: Path) -> None:
    shop = make_workspace(tmp_path / "shop")
    job.write("build/unit/TEST-a.xml", JUNIT.replace("09:12", "23:12").format(name="a"))
    for folder in ("var/inbox", "var/inbox/ci_bundle"):
        assert job.pack(*KNOWN, to=shop / folder) == 0
        [unit] = list_units(shop / "var" / "inbox", "ci_bundle")
        assert unit.day == date(2026, 7, 1), (
            "a quarter past eleven in London is the next day in Berlin"
        )
        assert unit.name.startswith("2026-07-01-web-7-1-")


def test_an_inbox_that_is_mounted_without_its_workspace_is_known_by_its_folders(
    job: Job, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mounted = tmp_path / "mnt" / "inbox"
    assert job.pack(*KNOWN, to=mounted) == 0
    [plain] = mounted.glob("*.zip")
    plain.unlink()  # a folder that is only called so gets the file
    assert f"of Gapsight's inbox give {mounted}/ci_bundle" in capsys.readouterr().err
    assert job.pack(*KNOWN, to=mounted / "ci_bundle") == 0
    assert job.pack(*KNOWN, to=mounted) == 0
    [unit] = list_units(mounted, "ci_bundle")
    assert (unit.day, list(mounted.glob("*.zip"))) == (date(2026, 6, 30), [])


def test_a_bundle_whose_start_nobody_knows_is_filed_by_the_next_run(
    job: Job, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    job.write("build/unit/TEST-a.xml", '<testsuite name="s"><testcase name="a"/></testsuite>')
    assert job.pack(*KNOWN, to=inbox / "ci_bundle") == 0
    assert list_units(inbox, "ci_bundle") == []
    [moved] = move_dropped(inbox, "ci_bundle", "UTC")
    assert moved.startswith("ci_bundle/")
    assert len(list_units(inbox, "ci_bundle")) == 1


def test_a_bundle_in_a_plain_folder_is_filed_by_the_day_in_its_name_when_it_is_dropped(
    job: Job, tmp_path: Path
) -> None:
    assert job.pack(*KNOWN) == 0
    [bundle] = job.bundles
    inbox = tmp_path / "inbox" / "ci_bundle"
    inbox.mkdir(parents=True)
    bundle.rename(inbox / bundle.name)
    [moved] = move_dropped(inbox.parent, "ci_bundle", "UTC")
    assert moved.startswith("ci_bundle/2026-06-30/")
