"""`gapsight import-ci`: folders of old results become CI bundles that the ordinary parser reads."""

import os
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gapsight.ci_import.pattern import PatternError, compile_pattern, read_date
from gapsight.cli.main import main
from ingest import sources
from ingest.ci.manifest import Manifest, read_manifest
from ingest.records import CiRun, FileCoverage, Record, TestAttempt
from ingest.source import Context, Warn
from orchestration.inbox import list_units
from tests.unit.cli_support import make_workspace

SHA = "0123456789abcdef0123456789abcdef01234567"
COBERTURA = """<coverage line-rate="1" timestamp="1782810000"><packages><package name="p"><classes>
<class filename="a.py" name="a"><lines><line number="1" hits="1"/></lines></class>
</classes></package></packages></coverage>"""


def junit(name: str = "test_a", stamp: str = ' timestamp="2026-06-30T23:30:00"') -> str:
    return (
        f'<testsuites><testsuite name="s"{stamp}><testcase classname="t.x" name="{name}" time="1"/>'
        "</testsuite></testsuites>"
    )


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A workspace whose day is Berlin's."""
    return make_workspace(tmp_path / "shop")


def bring(shop: Path, folder: Path, pattern: str, *more: str) -> int:
    return main(["import-ci", str(folder), "--pattern", pattern, "--workspace", str(shop), *more])


def bundles(shop: Path) -> dict[str, Path]:
    inbox = shop / "var" / "inbox"
    return {unit.path: inbox / unit.path for unit in list_units(inbox, "ci_bundle")}


def manifest_of(path: Path) -> tuple[Manifest, list[str]]:
    with zipfile.ZipFile(path) as archive:
        return read_manifest(archive.read("manifest.json"))


def parsed(path: Path) -> list[object]:
    context = Context(folder_day=date.fromisoformat(path.parent.name), name=path.name)
    return list(sources.get("ci_bundle").parse(path, context))


def test_each_build_is_one_bundle_that_parses_with_its_sha(shop: Path, tmp_path: Path) -> None:
    files = {
        f"17/{SHA}/unit/pytest.xml": junit(),
        f"17/{SHA}/coverage.xml": COBERTURA,
        f"18/{SHA[::-1]}/unit/pytest.xml": junit("test_b"),
    }
    assert bring(shop, write(tmp_path / "ci", files), "{build}/{sha}/...", "--repo", "web") == 0
    found = bundles(shop)
    assert len(found) == 2
    path = found[f"ci_bundle/2026-06-30/web-17-{SHA[:12]}.zip"]
    rows = [item for item in parsed(path) if isinstance(item, Record)]
    assert {type(row) for row in rows} == {TestAttempt, FileCoverage, CiRun}
    assert {(row.repo, row.sha, row.build) for row in rows} == {("web", SHA, "17")}


def test_the_day_is_that_of_the_first_test_in_the_reporting_zone(
    shop: Path, tmp_path: Path
) -> None:
    files = {f"17/{SHA}/pytest.xml": junit()}
    folder = write(tmp_path / "ci", files)
    assert bring(shop, folder, "{build}/{sha}/...", "--repo", "web", "--zone", "UTC") == 0
    (path,) = bundles(shop)
    assert path.startswith("ci_bundle/2026-07-01/"), (
        "half past eleven in London is the next day here"
    )
    manifest, _ = manifest_of(next(iter(bundles(shop).values())))
    assert manifest.started_at == "2026-06-30T23:30:00+00:00"


def test_without_a_sha_results_are_kept_as_evidence_without_a_commit_and_marked(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        bring(
            shop, write(tmp_path / "ci", {"17/pytest.xml": junit()}), "{build}/*", "--repo", "web"
        )
        == 0
    )
    ((_, path),) = bundles(shop).items()
    manifest, notes = manifest_of(path)
    assert manifest.sha is None
    assert notes == ["manifest.json: no `sha`: results stay evidence without a commit"]
    items = parsed(path)
    assert [item.sha for item in items if isinstance(item, CiRun | TestAttempt)] == [None, None]
    assert any(isinstance(item, Warn) and "no `sha`" in item.reason for item in items)
    assert "1 runs without a sha: evidence without a commit" in capsys.readouterr().out


def test_importing_again_changes_no_byte(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"17/pytest.xml": junit(), "18/pytest.xml": junit(stamp="")}
    folder = write(tmp_path / "ci", files)
    assert bring(shop, folder, "{build}/...", "--repo", "web") == 0
    before = {name: path.read_bytes() for name, path in bundles(shop).items()}
    os.utime(folder / "18/pytest.xml", (1_500_000_000, 1_500_000_000))  # copied again, another age
    assert bring(shop, folder, "{build}/...", "--repo", "web") == 0
    assert {name: path.read_bytes() for name, path in bundles(shop).items()} == before
    assert capsys.readouterr().out.count("unchanged") == 2


def test_the_bytes_do_not_depend_on_the_age_of_the_files(tmp_path: Path) -> None:
    made = []
    for name, age in (("one", 1_500_000_000), ("two", 1_700_000_000)):
        shop = make_workspace(tmp_path / name)
        folder = write(tmp_path / f"{name}-ci", {"17/b.xml": junit("b"), "17/a.xml": junit()})
        os.utime(folder / "17/a.xml", (age, age))
        assert bring(shop, folder, "{build}/...", "--repo", "web") == 0
        made.append({name: path.read_bytes() for name, path in bundles(shop).items()})
    assert made[0] == made[1]


def test_a_report_that_came_later_replaces_the_bundle(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "ci", {"17/a.xml": junit()})
    assert bring(shop, folder, "{build}/...", "--repo", "web") == 0
    write(folder, {"17/b.xml": junit("b")})
    assert bring(shop, folder, "{build}/...", "--repo", "web") == 0
    out = capsys.readouterr().out
    assert "replaced" in out
    assert f"next       gapsight run --workspace {shop}" in out
    assert len(bundles(shop)) == 1


def test_a_dry_run_writes_nothing_and_says_the_same(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "ci", {f"17/{SHA}/a.xml": junit()})
    assert bring(shop, folder, "{build}/{sha}/...", "--repo", "web", "--dry-run") == 0
    assert not (shop / "var").exists()
    assert f"would write  ci_bundle/2026-06-30/web-17-{SHA[:12]}.zip" in capsys.readouterr().out


def test_what_does_not_fit_is_listed_and_stops_nothing(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {
        f"17/{SHA}/a.xml": junit(),
        f"17/{SHA}/console.log": "text",
        f"17/{SHA}/other.xml": "<x/>",
        "17/latest/a.xml": junit(),
        ".git/config": "x",
    }
    assert bring(shop, write(tmp_path / "ci", files), "{build}/{sha}/...", "--repo", "web") == 0
    err = capsys.readouterr().err
    assert "1 files do not fit {build}/{sha}/...:\n  17/latest/a.xml" in err
    assert "2 files fit and are no report of a known format:" in err
    assert ".git" not in err


def test_nothing_that_fits_is_a_finding(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "ci", {"a/b/c/d.xml": junit()})
    assert bring(shop, folder, "{build}/{sha}/...", "--repo", "web") == 1
    assert "nothing to import; compare the pattern" in capsys.readouterr().err


def test_names_of_the_tree_reach_the_manifest(shop: Path, tmp_path: Path) -> None:
    files = {
        "web/release/main/2026-06-29/unit.xml": junit(),
        "web/release/main/2026-06-29/e2e.xml": junit("e"),
    }
    folder = write(tmp_path / "ci", files)
    assert bring(shop, folder, "{repo}/{stage}/{branch}/{date}/{suite}.xml") == 0
    ((name, path),) = bundles(shop).items()
    assert name.startswith("ci_bundle/2026-06-29/")
    manifest, _ = manifest_of(path)
    assert (manifest.repo, manifest.stage, manifest.branch) == ("web", "release", "main")
    assert manifest.started_at is None, "the reports' clock says another day than the folder"
    assert {report.suite for report in manifest.reports} == {"unit", "e2e"}
    (run,) = [item for item in parsed(path) if isinstance(item, CiRun)]
    assert run.received_suites_json == '["e2e","unit"]'


def test_build_numbers_that_each_branch_counts_are_told_apart(shop: Path, tmp_path: Path) -> None:
    files = {"main/17/a.xml": junit(), "topic/17/a.xml": junit()}
    assert bring(shop, write(tmp_path / "ci", files), "{branch}/{build}/...", "--repo", "web") == 0
    builds = {manifest_of(path)[0].build for path in bundles(shop).values()}
    assert builds == {"main/17", "topic/17"}


def test_one_build_of_two_commits_is_refused_for_the_second(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {f"17/{SHA}/a.xml": junit(), f"17/{SHA[::-1]}/a.xml": junit()}
    folder = write(tmp_path / "ci", files)
    assert bring(shop, folder, "{build}/{sha}/...", "--repo", "web") == 1
    assert len(bundles(shop)) == 1
    assert "another run is build 17 of web, too" in capsys.readouterr().err


def test_a_run_needs_a_repository(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bring(shop, write(tmp_path / "ci", {"1/a.xml": junit()}), "{build}/...") == 3
    assert "give --repo or use {repo}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("{bulid}/...", "no placeholder '{bulid}'; there are {repo}"),
        ("{suite}.xml", "needs {build}, {sha} or {date}"),
        ("", "needs {build}, {sha} or {date}"),
    ],
)
def test_a_wrong_pattern_is_explained(
    pattern: str, says: str, shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bring(shop, tmp_path, pattern, "--repo", "web") == 3
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("pattern", "path", "values"),
    [
        ("{build}/{sha}/...", "7/abcdef0/x/y.xml", {"build": "7", "sha": "abcdef0"}),
        ("{build}/{sha}/...", "7/abcdef0", None),
        ("{build}/{sha}/...", "7/xyz/r.xml", None),
        ("{build}/", "7/r.xml", {"build": "7"}),
        ("./run-{build}/*.xml", "run-7/r.xml", {"build": "7"}),
        ("run-{build}/*.xml", "run-7/a/r.xml", None),
        ("{build}.(x)/**", "7.(x)/r", {"build": "7"}),
        ("{repo}-{build}/...", "shop-web-7/r", {"repo": "shop", "build": "web-7"}),
        ("{sha}/{suite}-{sha}.xml", "abcdef0/u-abcdef0.xml", {"sha": "abcdef0", "suite": "u"}),
        ("{sha}/{suite}-{sha}.xml", "abcdef0/u-1234567.xml", None),
        ("{date}/{build}/...", "20260630T0912/7/r", {"date": "20260630T0912", "build": "7"}),
        ("{stage}/{build}/...", "daily/7/r", None),
    ],
)
def test_patterns(pattern: str, path: str, values: dict[str, str] | None) -> None:
    assert compile_pattern(pattern).read(path) == values


@pytest.mark.parametrize(
    ("text", "day", "moment"),
    [
        ("2026-06-30", date(2026, 6, 30), None),
        ("20260630", date(2026, 6, 30), None),
        ("2026-06-30T01-30", date(2026, 6, 30), datetime(2026, 6, 29, 23, 30, tzinfo=UTC)),
        ("20260630_013000Z", date(2026, 6, 30), datetime(2026, 6, 30, 1, 30, tzinfo=UTC)),
        ("2026-06-30T23:30Z", date(2026, 7, 1), datetime(2026, 6, 30, 23, 30, tzinfo=UTC)),
    ],
)
def test_dates_in_names(text: str, day: date, moment: datetime | None) -> None:
    assert read_date(text, "Europe/Berlin") == (day, moment)


@pytest.mark.parametrize("text", ["2026-02-30", "20261901", "2026-06-30T29-00"])
def test_a_day_that_does_not_exist_is_no_date(text: str) -> None:
    with pytest.raises(PatternError):
        read_date(text, "UTC")
