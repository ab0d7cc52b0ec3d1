"""`gapsight pack`: reports that are missing, unknown, unreadable or expected and not there."""

import pytest

from ingest.records import CiRun
from ingest.source import Reject
from tests.unit.pack_support import COBERTURA, JUNIT, KNOWN, Job, manifest_of, members, parsed


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


def test_check_reads_every_report_as_a_run_will(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    assert job.pack(*KNOWN, "--check") == 0
    assert "read       junit: test_attempts 1" in capsys.readouterr().out
    job.write("cut.xml", JUNIT.format(name="b")[:-12])
    assert job.pack(*KNOWN) == 0, "its first bytes are those of a report"
    assert job.pack(*KNOWN, "--check") == 1
    assert "rejected: cut.xml" in capsys.readouterr().err
