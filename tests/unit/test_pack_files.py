"""Which files a pattern of `gapsight pack` fits, and the names they get in a bundle."""

import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapsight.ci_pack.files import MOST_CHARACTERS, Files, find, safe
from ingest.files.archive import Archive
from ingest.files.zips import ZipWriter


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def fitting(folder: Path, *patterns: str) -> list[str]:
    return [file.member for file in found(folder, *patterns).files]


def found(folder: Path, *patterns: str) -> Files:
    return find([("results", pattern) for pattern in patterns], folder)


def test_two_stars_are_any_folders_and_one_star_a_name(tmp_path: Path) -> None:
    put(tmp_path, "TEST-a.xml", "b/TEST-b.xml", "b/c/TEST-c.xml", "b/other.xml", "b/c/d/x.json")
    assert fitting(tmp_path, "**/TEST-*.xml") == ["TEST-a.xml", "b/TEST-b.xml", "b/c/TEST-c.xml"]
    assert fitting(tmp_path, "b/*.xml") == ["b/TEST-b.xml", "b/other.xml"]
    assert fitting(tmp_path, "b/**") == [
        "b/TEST-b.xml",
        "b/c/TEST-c.xml",
        "b/c/d/x.json",
        "b/other.xml",
    ]
    assert fitting(tmp_path, "**/**/d/*.js?n") == ["b/c/d/x.json"]
    assert fitting(tmp_path, "b/c/TEST-[a-c].xml") == ["b/c/TEST-c.xml"]
    assert fitting(tmp_path, "./b/../b//other.xml") == ["b/other.xml"]


def test_folders_and_hidden_names_are_no_reports_unless_they_are_written_out(
    tmp_path: Path,
) -> None:
    put(tmp_path, "a.xml", ".git/a.xml", ".hidden.xml", "b/.cache/x.xml")
    (tmp_path / "folder.xml").mkdir()
    assert fitting(tmp_path, "**/*.xml") == ["a.xml"]
    assert fitting(tmp_path, ".git/*.xml", ".h*.xml") == [".git/a.xml", ".hidden.xml"]


def test_a_name_with_brackets_is_meant_as_it_is_if_there_is_such_a_file(tmp_path: Path) -> None:
    put(tmp_path, "e2e[chrome].xml", "c.xml")
    assert fitting(tmp_path, "e2e[chrome].xml") == ["e2e[chrome].xml"]
    assert fitting(tmp_path, "[c].xml") == ["c.xml"]


def test_the_same_file_counts_once_however_often_it_is_given(tmp_path: Path) -> None:
    put(tmp_path, "b/a.xml")
    (tmp_path / "b/link.xml").symlink_to("a.xml")
    given = ("b/a.xml", "b/*.xml", str(tmp_path / "b/a.xml"), "b/link.xml", "**/a.xml")
    assert fitting(tmp_path, *given) == ["b/a.xml"]
    assert not found(tmp_path, *given).missing


def test_a_pattern_that_fits_nothing_is_missing_and_said_without_the_machine_s_folders(
    tmp_path: Path,
) -> None:
    put(tmp_path, "a/x.txt")
    away = tmp_path / "away" / "reports"
    here = tmp_path / "a"
    patterns = ("*.xml", str(away / "**/x.xml"), "../away/y.xml", "n" * 300)
    assert found(here, *patterns).missing == {
        "*.xml": "*.xml",
        str(away / "**/x.xml"): "outside/reports/**/x.xml",
        "../away/y.xml": "outside/away/y.xml",
        "n" * 300: "n" * 300,
    }


def test_a_file_outside_the_current_folder_gets_a_name_inside(tmp_path: Path) -> None:
    put(
        tmp_path,
        "reports/unit/a.xml",
        "reports/b.xml",
        "more/reports/b.xml",
        "here/outside/reports/b.xml",
    )
    here = tmp_path / "here"
    given = (str(tmp_path / "reports/**/*.xml"), "../more/reports/*.xml", "**/*.xml")
    assert fitting(here, *given) == [
        "outside/reports/b.xml",
        "outside/reports/unit/a.xml",
        "outside/reports/2-b.xml",
        "outside/reports/3-b.xml",
    ]
    assert fitting(here, "../reports/b.xml") == ["outside/reports/b.xml"]


def test_a_link_that_a_wildcard_meets_does_not_lead_out(tmp_path: Path) -> None:
    put(tmp_path, "secret/passwords.xml", "here/real/a.xml", "here/plain.xml")
    here = tmp_path / "here"
    (here / "b.xml").symlink_to(tmp_path / "secret/passwords.xml")
    (here / "away").symlink_to(tmp_path / "secret")
    (here / "again").symlink_to(here / "real")
    (here / "loop").symlink_to(here)
    (here / "dead.xml").symlink_to(tmp_path / "nowhere")
    result = found(here, "**/*.xml")
    assert [file.member for file in result.files] == ["plain.xml", "real/a.xml"]
    assert result.notes == ["b.xml is a link that leads elsewhere: not packed"]
    assert fitting(here, "*/*.xml") == ["again/a.xml", "loop/plain.xml"], "inside, and once each"
    assert fitting(here, "a*/passwords.xml") == []


def test_a_link_that_the_pattern_writes_out_is_meant(tmp_path: Path) -> None:
    put(tmp_path, "cache/testlogs/x/test.xml", "here/a.txt")
    here = tmp_path / "here"
    (here / "bazel-testlogs").symlink_to(tmp_path / "cache/testlogs")
    (here / "one.xml").symlink_to(tmp_path / "cache/testlogs/x/test.xml")
    assert fitting(here, "bazel-testlogs/**/test.xml") == ["bazel-testlogs/x/test.xml"]
    assert fitting(here, "one.xml") == ["one.xml"]


def test_what_is_no_regular_file_is_none(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xml")
    assert found(tmp_path, "*.xml").missing == {"*.xml": "*.xml"}


HOSTILE = [
    "-rf.xml",
    "new\nline.xml",
    "esc\x1b[31m.xml",
    "a\\..\\..\\b.xml",
    "C:evil.xml",
    "manifest.json",
    "ünïcode ☃.xml",
    "rtl\u202e.xml",
    "x" * 240 + ".xml",
]


def test_hostile_names_come_out_of_the_bundle_as_honest_ones(tmp_path: Path) -> None:
    here = tmp_path / "here"
    put(here, *HOSTILE)
    (Path(os.fsdecode(os.fsencode(here) + b"/latin\xe9.xml"))).write_text("latin")
    result = found(here, "*")
    assert len(result.files) == len(HOSTILE) + 1
    place = tmp_path / "bundle.zip"
    with place.open("wb") as target, ZipWriter(target) as written:
        for file in result.files:
            written.add(file.member, file.path)
    with Archive(place) as archive:
        assert [m.problem for m in archive.members.values()] == [None] * len(result.files)
        for file in result.files:
            with archive.open(file.member) as stream:
                assert stream.read() == file.path.read_bytes()
    named = {file.path.name: file.member for file in result.files}
    assert named["manifest.json"] == "2-manifest.json"
    assert named["C:evil.xml"] == "C_evil.xml"
    assert named["new\nline.xml"] == "new_line.xml"
    assert named["-rf.xml"] == "-rf.xml"


def test_a_very_deep_file_keeps_its_own_name_and_the_nearest_folders(tmp_path: Path) -> None:
    deep = "/".join(["d" * 100] * 6)
    put(tmp_path, f"{deep}/e2e/a.xml", f"e{deep[1:]}/e2e/a.xml")
    one, two = fitting(tmp_path, "**/a.xml")
    assert one.endswith("/e2e/a.xml")
    assert one != two
    assert max(len(one), len(two)) <= MOST_CHARACTERS


@given(st.lists(st.text(max_size=600), min_size=1, max_size=4))
def test_any_name_becomes_one_that_a_bundle_may_hold(parts: list[str]) -> None:
    name = safe("/".join(parts))
    assert 0 < len(name) <= MOST_CHARACTERS
    name.encode()
    info = zipfile.ZipInfo(name)
    assert info.filename == name
    from ingest.files.archive import _hostile

    assert _hostile(name) is None
    assert not name.endswith("/")


def test_where_a_long_name_is_cut_no_way_out_begins() -> None:
    for length in range(MOST_CHARACTERS - 20, MOST_CHARACTERS + 1):
        assert ".." not in safe("a" * 30 + "../" + "y" * length).split("/")


@pytest.mark.parametrize(
    ("name", "expected"), [("", "_"), ("/", "_"), ("../..", "_"), ("/etc/a", "etc/a")]
)
def test_names_without_a_name(name: str, expected: str) -> None:
    assert safe(name) == expected


def test_the_order_is_that_of_patterns_and_then_of_names(tmp_path: Path) -> None:
    put(tmp_path, "b.xml", "a.xml", "c.json")
    assert fitting(tmp_path, "*.json", "*.xml") == ["c.json", "a.xml", "b.xml"]


def test_an_unreadable_folder_is_no_end(tmp_path: Path) -> None:
    put(tmp_path, "a/x.xml", "b/y.xml")
    (tmp_path / "a").chmod(0)
    try:
        assert "b/y.xml" in fitting(tmp_path, "**/*.xml")
    finally:
        (tmp_path / "a").chmod(0o755)
