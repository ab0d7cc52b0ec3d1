"""What is no commit, and patterns that can never fit: said before anything is written."""

from pathlib import Path

import pytest

from gapsight.ci_import.bundle import Run, pack
from gapsight.ci_import.pattern import PatternError, compile_pattern
from gapsight.cli.main import main
from ingest.source import FormatError
from orchestration.inbox import list_units
from tests.unit.ci_bundle_support import stamped
from tests.unit.cli_support import make_workspace

SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    "sha", ["main", "v1.2", "1234abc; rm", "123456", "a" * 65, "1234abc\n", ""]
)
def test_init_refuses_what_is_no_sha_before_it_writes(
    sha: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "junit.xml").write_text(stamped())
    args = ["init", str(tmp_path / "team"), "--from", str(tmp_path / "junit.xml"), "--load"]
    assert main([*args, "--sha", sha]) == 3
    err = capsys.readouterr().err
    assert "is no commit" in err
    assert "git rev-parse" in err
    assert not (tmp_path / "team").exists()
    assert main([*args, "--sha", "1234ABC"]) == 0


def test_no_bundle_is_packed_that_its_parser_would_refuse() -> None:
    for wrong in (Run("web", "1", sha="main"), Run("web", "x" * 501), Run("", "1")):
        with pytest.raises(FormatError, match=r"manifest\.json: "):
            pack(wrong, [])


def test_import_refuses_a_run_whose_manifest_could_not_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = make_workspace(tmp_path / "shop")
    assert bring(shop, tmp_path, ["17/a.xml"], "{build}/...", "--branch", "b" * 501) == 1
    assert "refused: 17/a.xml: manifest.json: `branch`" in capsys.readouterr().err
    assert not list_units(shop / "var/inbox", "ci_bundle")


def test_a_folder_that_is_no_sha_is_named_with_what_one_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = make_workspace(tmp_path / "shop")
    files = ["17/main/a.xml", f"18/{SHA}/a.xml", "README.md"]
    assert bring(shop, tmp_path, files, "{build}/{sha}/...") == 0
    err = capsys.readouterr().err
    assert "  17/main/a.xml: 'main' is no {sha} (7 to 64 hex digits)\n" in err
    assert "  README.md\n" in err
    assert len(list_units(shop / "var/inbox", "ci_bundle")) == 1


@pytest.mark.parametrize(
    ("pattern", "path", "says"),
    [
        ("{build}/{sha}/...", "7/xyz/r.xml", "'xyz' is no {sha} (7 to 64 hex digits)"),
        ("{stage}/{build}/...", "daily/7/r", "'daily' is no {stage} (merge, nightly, "),
        ("{date}/{build}.xml", "June/7.xml", "'June' is no {date} (2026-06-30, "),
        ("{build}/{sha}/...", "README", ""),
        ("{sha}/{sha}.xml", "abcdef0/1234567.xml", ""),
    ],
)
def test_why_a_path_does_not_fit(pattern: str, path: str, says: str) -> None:
    compiled = compile_pattern(pattern)
    assert compiled.read(path) is None
    assert compiled.why_not(path).startswith(says)
    assert bool(compiled.why_not(path)) is bool(says)


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("{build}{sha}/...", "nothing stands between {build} and {sha}"),
        ("{build}*/r.xml", "nothing stands between {build} and *"),
        ("run*{build}/r.xml", "nothing stands between * and {build}"),
        ("...{sha}/r.xml", "nothing stands between ... and {sha}"),
        ("{build}...", "nothing stands between {build} and ..."),
        ("../{build}/...", "'..' is no name below FOLDER"),
        ("{build}/../...", "'..' is no name below FOLDER"),
        ("{build}/./...", "'.' is no name below FOLDER"),
        ("/archive/{build}/...", "it begins with /"),
        (".ci/{build}/...", "hidden"),
    ],
)
def test_a_pattern_that_can_never_be_meant_is_refused(pattern: str, says: str) -> None:
    with pytest.raises(PatternError) as raised:
        compile_pattern(pattern)
    assert says in str(raised.value)


def test_a_shape_may_be_followed_by_anything() -> None:
    assert compile_pattern("{date}*/...").read("2026-06-30_nightly/r.xml") == {"date": "2026-06-30"}


def test_branches_with_a_slash_are_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = make_workspace(tmp_path / "shop")
    bring(shop, tmp_path, ["main/17.xml", "feature/x/18.xml"], "{branch}/{build}.xml")
    err = capsys.readouterr().err
    assert "{branch} is one name; a branch with a slash lies deeper" in err
    assert "--branch feature/x" in err
    bring(shop, tmp_path, ["main/17.xml"], "{build}/*.xml")
    assert "{branch}" not in capsys.readouterr().err


def bring(shop: Path, place: Path, names: list[str], pattern: str, *more: str) -> int:
    for name in names:
        (place / "ci" / name).parent.mkdir(parents=True, exist_ok=True)
        (place / "ci" / name).write_text(stamped())
    args = ["import-ci", str(place / "ci"), "--pattern", pattern, "--repo", "web"]
    return main([*args, "--workspace", str(shop), *more])
