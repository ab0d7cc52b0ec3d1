"""Compressed reports inside bundles: read as the plain ones are, within the same limits."""

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from gapsight.cli.main import main
from ingest.records import FileCoverage
from ingest.source import Item, Warn
from orchestration.inbox import list_units
from tests.unit.ci_bundle_support import (
    COBERTURA,
    JUNIT,
    MANIFEST,
    attempts,
    folder,
    items,
    reasons,
    run_of,
    stamped,
    zipped,
)
from tests.unit.cli_support import make_workspace
from tests.unit.zstd_support import zstd

PACKS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd.compress}
EACH = pytest.mark.parametrize(("ending", "pack"), PACKS.items(), ids=list(PACKS))
Pack = Callable[[bytes], bytes]


def warnings(found: list[Item]) -> list[str]:
    return [item.reason for item in found if isinstance(item, Warn)]


@EACH
@pytest.mark.parametrize("make", [zipped, folder])
def test_a_compressed_report_that_the_manifest_does_not_list_is_read(
    tmp_path: Path, ending: str, pack: Pack, make: Callable[..., Path]
) -> None:
    members = {
        f"r/pytest.xml.{ending}": pack(JUNIT.encode()),
        f"c/coverage.xml.{ending}": pack(COBERTURA.encode()),
    }
    found = items(make(tmp_path, members, MANIFEST | {"expected_suites": ["pytest"]}))
    assert not reasons(found)
    assert len(attempts(found)) == 1
    assert sum(isinstance(item, FileCoverage) for item in found) == 1
    assert run_of(found).missing_suites_json is None, "the suite is named without the ending"


@EACH
def test_a_compressed_report_gives_the_rows_of_the_plain_one(
    tmp_path: Path, ending: str, pack: Pack
) -> None:
    listed = MANIFEST | {"reports": [{"path": "a.*", "format": "junit"}]}
    (tmp_path / "plain").mkdir()
    plain = attempts(items(zipped(tmp_path / "plain", {"a.xml": JUNIT}, listed)))
    packed = {f"a.xml.{ending}": pack(JUNIT.encode())}
    assert attempts(items(zipped(tmp_path, packed, listed))) == plain


@EACH
def test_a_bomb_inside_a_bundle_stays_within_the_limit_of_a_member(
    tmp_path: Path, ending: str, pack: Pack
) -> None:
    bomb = pack(JUNIT.replace("</testsuite>", " " * 20_000_000).encode())
    members = {f"a.xml.{ending}": bomb, "b.xml": JUNIT}
    found = items(zipped(tmp_path, members), max_member_bytes=1_000_000)
    assert reasons(found) == [f"a.xml.{ending}: it has more than 1000000 bytes, the limit"]
    assert len(attempts(found)) == 1


def test_what_is_decompressed_counts_for_all_members_together(tmp_path: Path) -> None:
    report = gzip.compress((JUNIT + " " * 40_000).encode())
    found = items(
        zipped(tmp_path, {f"{n}.xml.gz": report for n in range(10)}), max_total_bytes=200_000
    )
    assert any("all members together" in reason for reason in reasons(found))


@EACH
@pytest.mark.parametrize("keep", [0.1, 0.5, 0.95])
def test_a_compressed_report_that_was_cut_off_is_one_reject(
    tmp_path: Path, ending: str, pack: Pack, keep: float
) -> None:
    cases = "".join(f'<testcase name="t{n * n}"/>' for n in range(20_000))
    data = pack(f'<testsuite name="s">{cases}</testsuite>'.encode())
    members = {f"a.xml.{ending}": data[: int(len(data) * keep)], "b.xml": JUNIT}
    found = items(zipped(tmp_path, members))
    assert {reason.partition(":")[0] for reason in reasons(found)} == {f"a.xml.{ending}"}
    assert run_of(found).received_suites_json == '["b"]'


def test_members_that_look_like_results_and_are_let_lie_are_counted(tmp_path: Path) -> None:
    members = {
        "lcov.info": "TN:\n",
        "junit.gz": gzip.compress(JUNIT.encode()),
        "results.trx": "<TestRun/>",
        "trace.zip": "PK",
        "pom.xml": "<project/>",
        "picture.png": "x",
        "server.log.gz": gzip.compress(b"x"),
    }
    (said,) = warnings(items(zipped(tmp_path, members)))
    assert said == (
        "4 members of no known format were let lie: junit.gz, lcov.info, pom.xml, results.trx"
    )


def test_init_loads_a_compressed_report_that_its_bundle_can_read(tmp_path: Path) -> None:
    report = tmp_path / "junit.xml.gz"
    report.write_bytes(gzip.compress(stamped().encode()))
    assert main(["init", str(tmp_path / "team"), "--from", str(report), "--load"]) == 0
    inbox = tmp_path / "team/var/inbox"
    (unit,) = list_units(inbox, "ci_bundle")
    found = items(inbox / unit.path)
    assert not reasons(found)
    assert len(attempts(found)) == 1


def test_import_ci_takes_compressed_reports_and_keeps_their_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = make_workspace(tmp_path / "shop")
    (tmp_path / "ci/17").mkdir(parents=True)
    (tmp_path / "ci/17/junit.xml.gz").write_bytes(gzip.compress(stamped().encode()))
    (tmp_path / "ci/17/cut.xml.gz").write_bytes(gzip.compress(stamped().encode())[:20])
    assert bring(shop, tmp_path / "ci") == 0
    inbox = shop / "var/inbox"
    (unit,) = list_units(inbox, "ci_bundle")
    assert unit.day.isoformat() == "2026-06-30"
    found = items(inbox / unit.path)
    assert len(attempts(found)) == 1
    assert not reasons(found)
    err = capsys.readouterr().err
    assert "1 files cannot be read:\n  17/cut.xml.gz: a gzip file that ends early" in err


def test_import_ci_says_that_archives_must_be_unpacked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = make_workspace(tmp_path / "shop")
    (tmp_path / "ci/17").mkdir(parents=True)
    (tmp_path / "ci/17/junit.xml").write_text(stamped())
    for name in ("18.zip", "17/results.zip", "17/r.tar.gz"):
        (tmp_path / "ci" / name).write_bytes(b"PK\x03\x04")
    assert bring(shop, tmp_path / "ci") == 0
    err = capsys.readouterr().err
    said = "3 files are archives, which are not looked into; unpack them first"
    assert said in err
    assert "do not fit" not in err


def bring(shop: Path, ci: Path) -> int:
    args = ["import-ci", str(ci), "--pattern", "{build}/...", "--repo", "web"]
    return main([*args, "--workspace", str(shop)])
