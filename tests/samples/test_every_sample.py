"""`gapsight parse` on every shared sample: read or refused with a reason, and none is left out."""

import subprocess
import sys
from pathlib import Path

import pytest

from ingest import sources
from tests.samples import table
from tests.samples.kinds import ABSENT, SAMPLES, every_file, kind_of, name_of
from tests.samples.outcomes import outcome

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason=ABSENT)

FILES = every_file()
KINDS = [(path, kind_of(path)) for path in FILES]
KNOWN = [(kind.source, path) for path, kind in KINDS if kind and kind.source]
NOT_BUILT = [path for path, kind in KINDS if kind and kind.not_built]

WITHOUT_ROWS = {
    "access-logs/tstack+lnav/logfile_access_log.1": "its one line holds no request",
    "access-logs/tstack+lnav/logfile_w3c.0": "its one line is a picture's",
    "access-logs/tstack+lnav/logfile_w3c.1": "its one line is a picture's",
    "access-logs/tstack+lnav/logfile_w3c.2": "FTP",
    "access-logs/tstack+lnav/logfile_w3c.6": "its one line is that of robots.txt",
    "junit/dorny+test-reporter/empty/java-junit.xml": "a suite of no tests",
    "junit/dorny+test-reporter/empty/jest-junit-empty-testsuite.xml": "a suite of no tests",
    "junit/dorny+test-reporter/empty/jest-junit.xml": "no suite",
    "junit/dorny+test-reporter/empty/phpunit-empty.xml": "no suite",
    "junit/mikepenz+action-junit-report/cunit/testEmpty.xml": "no suite",
}
"""Read without a reject and without a row, because there is nothing in them."""

WITHOUT_SAMPLES = {
    *("allure", "ci_bundle", "codeowners", "counts", "coverage_py", "ctrf", "database", "datadog"),
    *(
        "deployments",
        "git",
        "github_deployments",
        "linear",
        "newrelic",
        "opsgenie",
        "pagerduty",
        "prometheus",
        "sentry",
        "statuspage",
    ),
}


def test_the_kind_of_every_file_is_known() -> None:
    """If this fails for a new sample: tests/samples/kinds.py has to say what it is."""
    assert [name_of(path) for path, kind in KINDS if kind is None] == []


def test_every_source_has_samples_or_is_known_to_have_none() -> None:
    assert set(sources.NAMES) - {source for source, _ in KNOWN} == WITHOUT_SAMPLES


@pytest.mark.parametrize(("source", "path"), KNOWN, ids=[name_of(path) for _, path in KNOWN])
def test_a_sample_of_a_known_kind_is_read_or_refused(source: str, path: Path) -> None:
    found = outcome(source, path)
    assert not found.crashed, found.said[-2000:]
    if found.refusal:
        assert found.code == 1
        assert not found.rows, "a file of another format gives no rows"
        assert len(found.refusal) > 20, "the reason says what was found"
    elif found.rejected:
        assert found.code == 1
        assert found.said.count(": rejected: ") == found.rejected, "each reject has its reason"
    else:
        assert found.code == 0
        assert (not found.rows) == (name_of(path) in WITHOUT_ROWS)


@pytest.mark.parametrize("source", sources.NAMES)
def test_no_file_crashes_any_source(source: str) -> None:
    """Also those of other kinds: whoever names the wrong source or folder gets an answer."""
    crashed = [name_of(path) for path in FILES if outcome(source, path).crashed]
    assert crashed == []


@pytest.mark.parametrize("path", NOT_BUILT, ids=name_of)
def test_a_kind_without_a_source_gives_no_rows_to_any(path: Path) -> None:
    """If this fails, there is a source for it now: tests/samples/kinds.py has to say so."""
    assert [name for name in sources.NAMES if outcome(name, path).rows] == []
    assert {outcome(name, path).code for name in sources.NAMES} == {1}


@pytest.mark.parametrize(
    ("source", "name", "code", "said"),
    [
        ("junit", "junit/dorny+test-reporter/jest-junit.xml", 0, "6 test_attempts; 0 rejected"),
        ("junit", "junit/dorny+test-reporter/dotnet-nunit.xml", 1, "NUnit 3"),
        ("cobertura", "coverage/nedbat+coveragepy/x_xml/coverage.xml", 0, "1 file_coverage"),
        ("jira", "jira/apache+incubator-devlake/issues.jsonl", 0, "33 issues, 195 issue_changes"),
    ],
)
def test_the_command_itself_says_the_same(source: str, name: str, code: int, said: str) -> None:
    path = SAMPLES / name
    command = [Path(sys.executable).with_name("gapsight"), "parse", "--day", "2026-06-30"]
    done = subprocess.run(
        [*command, source, path], capture_output=True, check=False, text=True, encoding="utf-8"
    )
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert len(done.stdout.splitlines()) == len(outcome(source, path).rows)


def test_the_table_has_a_row_for_every_sample(capsys: pytest.CaptureFixture[str]) -> None:
    assert table.main([str(SAMPLES)]) == 0
    lines = capsys.readouterr().out.splitlines()
    shown = {line.split(" | ")[0].removeprefix("| ") for line in lines[2:] if line.startswith("|")}
    assert shown == {name_of(path) for path, kind in KINDS if kind and not kind.beside}


def test_the_table_names_a_file_that_nobody_knows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "sample.bin").write_bytes(b"\0")
    assert table.main([str(tmp_path)]) == 1
    assert "| new/sample.bin |  |  |  |  | of no known kind" in capsys.readouterr().out
