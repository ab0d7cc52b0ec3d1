"""`gapsight pack`: what it packs, what it says, how it ends, and that a run reads what was packed."""

import json
import os
import re
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gapsight.ci_import.bundle import Report, Run, pack
from ingest import sources
from ingest.files.zips import ZipWriter, zipped
from ingest.records import CiRun, FileCoverage, Record, TestAttempt
from ingest.source import Reject
from orchestration.inbox import list_units, move_dropped
from tests.unit.cli_support import ROOT, gapsight, make_workspace
from tests.unit.pack_support import (
    BASE,
    COBERTURA,
    JUNIT,
    SHA,
    Job,
    manifest_of,
    members,
    parsed,
    raw_manifest,
)
from tests.unit.test_pack_systems import BUILDKITE, CIRCLE, GITHUB, GITLAB

KNOWN = ("--repo", "web", "--build", "7", "--sha", SHA)


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    """A job outside any clone, CI system and workspace, with one JUnit report."""
    job = Job(tmp_path / "job", monkeypatch)
    job.write("build/unit/TEST-a.xml")
    return job


def test_everything_that_is_said_stands_in_the_manifest_and_is_read_by_a_run(job: Job) -> None:
    job.write("coverage.xml", COBERTURA)
    words = [
        *("--base-sha", BASE, "--branch", "feature/x", "--pr", "512", "--attempt", "2"),
        *("--pipeline", "ci", "--stage", "release", "--environment", "chrome", "--blocking"),
        *("--fact", "db=postgres 15", "--fact", "tz=UTC", "--expect", "unit", "--expect", "e2e"),
        *("--job", "unit=success", "--job", "a=b=failed", "--job", "lint"),
        *("--started-at", "2026-06-30T11:00:00+02:00", "--finished-at", "2026-06-30 09:30"),
        *("--coverage", "coverage.xml"),
    ]
    assert job.pack(*KNOWN, *words, results="build/**/TEST-*.xml") == 0
    [bundle] = job.bundles
    assert raw_manifest(bundle) == {
        "gapsight_bundle": 1,
        "repo": "web",
        "sha": SHA,
        "base_sha": BASE,
        "pr": "512",
        "branch": "feature/x",
        "build": "7",
        "attempt": 2,
        "pipeline": "ci",
        "stage": "release",
        "blocking": True,
        "environment": "chrome",
        "env_facts": {"db": "postgres 15", "tz": "UTC"},
        "started_at": "2026-06-30T09:00:00+00:00",
        "finished_at": "2026-06-30T09:30:00+00:00",
        "jobs": [
            {"name": "unit", "conclusion": "success"},
            {"name": "a=b", "conclusion": "failed"},
            {"name": "lint"},
        ],
        "expected_suites": ["unit", "e2e"],
        "reports": [
            {"path": "build/unit/TEST-a.xml", "format": "junit"},
            {"path": "coverage.xml", "format": "cobertura"},
        ],
    }
    rows = [item for item in parsed(bundle) if isinstance(item, Record)]
    [test], [run], [covered] = ([row for row in rows if isinstance(row, kind)]
                                for kind in (TestAttempt, CiRun, FileCoverage))  # fmt: skip
    assert (test.name, test.sha, test.environment, test.run_attempt) == ("a", SHA, "chrome", 2)
    assert (run.pr, run.blocking, run.stage, run.day) == ("512", True, "release", date(2026, 6, 30))
    assert (run.missing_suites_json, covered.sha) == ('["e2e"]', SHA)


def test_the_parse_command_reads_it(job: Job) -> None:
    assert job.pack(*KNOWN) == 0
    done = gapsight("parse", "ci_bundle", *job.bundles)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["table"] for line in done.stdout.splitlines()] == [
        "test_attempts",
        "ci_runs",
    ]


def test_without_a_start_the_first_test_s_is_taken(job: Job) -> None:
    job.write("b.xml", JUNIT.replace("09:12:00Z", "09:11:00").format(name="b"))
    assert job.pack(*KNOWN, "--zone", "Europe/Berlin") == 0
    [bundle] = job.bundles
    assert manifest_of(bundle).started_at == "2026-06-30T07:11:00+00:00"
    assert bundle.name.startswith("2026-06-30-web-7-1-")


def test_what_no_source_knows_is_said_packed_and_refused_by_name_when_it_is_loaded(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    job.write("notes.xml", "<notes/>")
    job.write("broken.xml.gz", "\x1f\x8b")
    assert job.pack(*KNOWN, results="**/*") == 0
    err = capsys.readouterr().err
    assert "notes.xml is no report of a known format; packed as it is" in err
    assert "broken.xml.gz" in err
    [bundle] = job.bundles
    assert members(bundle) == ["broken.xml.gz", "build/unit/TEST-a.xml", "notes.xml"]
    refused = [item.reason for item in parsed(bundle) if isinstance(item, Reject)]
    assert [reason.split(":")[0] for reason in refused] == ["broken.xml.gz", "notes.xml"]


def test_a_report_given_as_the_other_kind_is_said(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    job.write("coverage.xml", COBERTURA)
    assert job.pack(*KNOWN, "--coverage", "build/**/*.xml", results="coverage.xml") == 0
    err = capsys.readouterr().err
    assert "coverage.xml, given as --results, is cobertura" in err
    assert "TEST-a.xml, given as --coverage, is junit" in err


def test_a_pattern_without_a_file_is_a_missing_report_and_the_bundle_says_so(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--coverage", "cov/**/c.xml", "--results", "e2e/*.xml", "--expect", "e2e")
    assert job.pack(*KNOWN, *words, results="build/**/*.xml") == 1
    err = capsys.readouterr().err
    assert "missing: no file fits cov/**/c.xml" in err
    assert "missing: no file fits e2e/*.xml" in err
    [bundle] = job.bundles
    found = parsed(bundle)
    assert {item.reason for item in found if isinstance(item, Reject)} == {
        "cov/**/c.xml: listed in the manifest, but not in the bundle",
        "e2e/*.xml: listed in the manifest, but not in the bundle",
    }
    [run] = [item for item in found if isinstance(item, CiRun)]
    assert run.missing_suites_json == '["e2e"]'
    assert '"e2e"' in (run.broken_suites_json or "")


def test_a_file_that_cannot_be_read_is_missing(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    (job.folder / "b.xml").symlink_to(
        "/proc/self/mem"
    )  # its first byte is nobody's, not even root's
    assert job.pack(*KNOWN, "--coverage", "b.xml") == 1
    err = capsys.readouterr().err
    assert "missing: b.xml cannot be read (Input/output error)" in err
    assert "no file fits b.xml" not in err
    [bundle] = job.bundles
    assert members(bundle) == ["build/unit/TEST-a.xml"]
    assert [report.path for report in manifest_of(bundle).reports][-1] == "b.xml"


def test_nothing_at_all_is_no_bundle_unless_something_was_expected(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    assert job.pack(*KNOWN, results="nowhere/*.xml") == 3
    assert "no file fits nowhere/*.xml" in capsys.readouterr().err
    assert not (job.folder / "out").exists()
    assert job.pack(*KNOWN, "--expect", "e2e", results="nowhere/*.xml") == 1
    [bundle] = job.bundles
    [run] = [item for item in parsed(bundle) if isinstance(item, CiRun)]
    assert run.missing_suites_json == '["e2e"]'


def test_an_expected_suite_that_another_job_brings_is_only_said(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    assert job.pack(*KNOWN, "--expect", "unit", "--expect", "e2e", "--expect", "junit") == 0
    err = capsys.readouterr().err
    assert err.count("another job of the run must bring it") == 1
    assert "the expected suite e2e" in err


def test_the_suite_of_all_its_reports_can_be_said(job: Job) -> None:
    job.write("results/x.xml")
    words = ("--suite", "e2e", "--expect", "e2e", "--coverage", "none.xml")
    assert job.pack(*KNOWN, *words, results="**/*.xml") == 1
    [bundle] = job.bundles
    assert [report.suite for report in manifest_of(bundle).reports] == ["e2e"] * 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give --results, --coverage or --expect"),
        (("--results", "*.xml"), "give --to, --to-env or --dry-run"),
        (("--results", "x", "--to", "a", "--to-env", "B"), "give one of them"),
        (("--results", "x", "--to-env", "NOT_SET"), "variable NOT_SET (--to-env) is not set"),
        (("--results", "x", "--to", "out", "--fact", "db"), "not of the form NAME=VALUE"),
        (("--results", "x", "--to", "out", "--header", "s3cr3tvalue"), "'Name: value'"),
        (("--results", "x", "--to", "out", "--attempt", "0"), "--attempt"),
        (("--results", "x", "--to", "out", "--stage", "beta"), "--stage"),
        (("--results", "**/*.xml", "--to", "out", *KNOWN[:4], "--sha", "main"), "`sha`"),
        (("--results", "**/*.xml", "--to", "out", *KNOWN, "--branch", "b" * 501), "`branch`"),
        (("--results", "**/*.xml", "--to", "out", *KNOWN, "--started-at", "noon"), "is no time"),
        (("--results", "x", "--to", "s3://bucket/key"), "give a folder, or an https address"),
        (
            ("--results", "x", "--to", "http://store.example.com/key?sig=s3cr3tvalue"),
            "is not https",
        ),
        (("--results", "x", "--to", "https://a:s3cr3tvalue@example.com/"), "use --header"),
        (("--results", "x", "--to", "https://[::1/key?sig=s3cr3tvalue"), "cannot be read"),
        (("--results", "x", "--to", "https://example.com:port/k?s=s3cr3tvalue"), "cannot be read"),
        (("--results", "x", "--to", "https:///key"), "nothing can be sent"),
    ],
)
def test_wrong_usage_ends_with_3_and_shows_no_secret(
    job: Job, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from gapsight.cli.main import main

    assert main(["pack", *words]) == 3
    out, err = capsys.readouterr()
    assert said in err
    assert "s3cr3tvalue" not in err
    assert (out, "Traceback" in err) == ("", False)
    assert not (job.folder / "out").exists()


def test_a_dry_run_shows_manifest_and_files_and_writes_nothing(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    from gapsight.cli.main import main

    assert main(["pack", "--results", "**/*.xml", "--dry-run", *KNOWN]) == 0
    out = capsys.readouterr().out
    assert '"gapsight_bundle": 1' in out
    assert "file       build/unit/TEST-a.xml  (junit)" in out
    assert [path.name for path in job.folder.iterdir()] == ["build"]
    assert job.pack(*KNOWN, "--dry-run", "--coverage", "none.xml") == 1
    assert not (job.folder / "out").exists()


def test_json_says_all_of_it(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    assert job.pack(*KNOWN, "--format", "json", "--check", "--coverage", "none.xml") == 1
    out, err = capsys.readouterr()
    found = json.loads(out)
    [bundle] = job.bundles
    assert found["bundle"] == {
        "what": "written",
        "where": str(bundle),
        "bytes": bundle.stat().st_size,
    }
    assert found["manifest"] == raw_manifest(bundle)
    assert found["files"][0]["format"] == "junit"
    assert found["missing"] == ["none.xml"]
    assert found["rows"] == {"junit: test_attempts": 1, "ci_runs": 1}
    assert found["rejects"] == ["rejected: none.xml: listed in the manifest, but not in the bundle"]
    assert "missing: no file fits none.xml" in found["notes"]
    assert "missing: no file fits none.xml" in err


def test_check_reads_every_report_as_a_run_will(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    assert job.pack(*KNOWN, "--check") == 0
    assert "read       junit: test_attempts 1" in capsys.readouterr().out
    job.write("cut.xml", JUNIT.format(name="b")[:-12])
    assert job.pack(*KNOWN) == 0, "its first bytes are those of a report"
    assert job.pack(*KNOWN, "--check") == 1
    assert "rejected: cut.xml" in capsys.readouterr().err


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


@pytest.mark.parametrize(
    ("env", "label"),
    [
        ({**GITLAB, "CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "4"}, "unit 2/4"),
        ({**GITLAB, "CI_JOB_NAME": "unit 2/4", "CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "4"}, "unit 2/4"),
        ({**CIRCLE, "CIRCLE_NODE_INDEX": "1", "CIRCLE_NODE_TOTAL": "4"}, "unit 2/4"),
        ({**BUILDKITE, "BUILDKITE_PARALLEL_JOB": "1", "BUILDKITE_PARALLEL_JOB_COUNT": "4"},
         ":hammer: Specs 2/4"),
        (GITHUB, "unit"),
    ],
)  # fmt: skip
def test_the_job_that_packs_stands_in_manifest_and_name(
    job: Job, env: dict[str, str], label: str
) -> None:
    job.env(env)
    assert job.pack() == 0
    [bundle] = job.bundles
    assert [one.name for one in manifest_of(bundle).jobs] == [label]
    assert re.sub("[^A-Za-z0-9]+", "-", label).strip("-") in bundle.name


def test_a_job_s_own_name_keeps_its_place_among_its_like(job: Job) -> None:
    job.env({**CIRCLE, "CIRCLE_NODE_INDEX": "1", "CIRCLE_NODE_TOTAL": "4"})
    assert job.pack("--job", "e2e=success") == 0
    [bundle] = job.bundles
    assert "-e2e-2-4-" in bundle.name


def test_it_takes_no_package_of_the_pipeline_and_starts_fast(job: Job) -> None:
    program = (
        "import sys; from gapsight.cli.main import main; main(['pack', '--results', '**/*.xml',"
        f" '--to', 'out', *{KNOWN!r}]); "
        "slow = {'duckdb', 'dagster', 'dbt', 'polars', 'rich', 'requests', 'ua_parser', 'psycopg'}; "
        "print(sorted(slow & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=60,
    )
    assert done.stdout.decode().splitlines()[-1] == "[]"


def test_every_format_that_comes_in_bundles_is_looked_at_there() -> None:
    inside = {source.name for source in sources.all_sources() if not source.landed}
    assert inside == set(sources.IN_BUNDLES)


PEAK = """
import re, sys
from gapsight.cli.main import main
code = main(sys.argv[1:])
with open("/proc/self/status") as status:
    print(code, int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read())[1]) // 1024)
"""


def test_a_huge_report_is_packed_in_bounded_memory(job: Job, tmp_path: Path) -> None:
    with (job.folder / "huge.xml").open("w") as file:
        file.write('<testsuite name="s" timestamp="2026-06-30T09:12:00Z">')
        for number in range(20):
            file.write(
                f'<testcase name="t{number}"><system-out>{"log " * 2_000_000}</system-out></testcase>'
            )
        file.write("</testsuite>")
    words = [
        "pack",
        "--results",
        "huge.xml",
        "--to",
        "out",
        "--started-at",
        "2026-06-30T09:12:00Z",
        *KNOWN,
    ]
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *words],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=120,
    )
    code, peak = map(int, done.stdout.splitlines()[-1].split())
    size = (job.folder / "huge.xml").stat().st_size
    assert (code, size > 150_000_000) == (0, True)
    assert peak < 120, f"{peak} MB for {size >> 20} MB"
    with zipfile.ZipFile(job.bundles[0]) as archive:
        assert archive.getinfo("huge.xml").file_size == size


def test_no_line_of_a_hostile_name_reaches_the_terminal(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    job.write("evil\n\x1b[31mred.xml", "<x/>")
    assert job.pack(*KNOWN, "--dry-run") == 0
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert "evil\\n\\x1b[31mred.xml is no report" in err


def test_every_field_of_a_run_has_its_place(job: Job) -> None:
    """A key that the manifest learns shall not be forgotten here."""
    from ingest.ci.manifest import Manifest

    assert job.pack(*KNOWN, "--job", "x", "--expect", "s", "--fact", "a=b") == 0
    written: dict[str, Any] = raw_manifest(job.bundles[0])
    possible = {*Run.__dataclass_fields__, "gapsight_bundle", "reports"} - {"facts"} | {"env_facts"}
    assert set(written) <= possible
    # Only a puller of artifacts knows those that had expired.
    assert set(Manifest.__struct_fields__) == possible | {"artifacts"}
