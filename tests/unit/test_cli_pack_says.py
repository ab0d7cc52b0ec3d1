"""`gapsight pack`: what it prints, how it ends, and that neither shows a secret."""

import json

import pytest

from tests.unit.pack_support import KNOWN, Job, raw_manifest


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


def test_no_line_of_a_hostile_name_reaches_the_terminal(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    job.write("evil\n\x1b[31mred.xml", "<x/>")
    assert job.pack(*KNOWN, "--dry-run") == 0
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert "evil\\n\\x1b[31mred.xml is no report" in err
