"""`gapsight pack`: what stands in the manifest of a bundle, and that a run reads it."""

import json
import re
from datetime import date
from typing import Any

import pytest

from gapsight.ci_import.bundle import Run
from ingest import sources
from ingest.records import CiRun, FileCoverage, Record, TestAttempt
from tests.unit.cli_support import gapsight
from tests.unit.pack_support import (
    BASE,
    COBERTURA,
    JUNIT,
    KNOWN,
    SHA,
    Job,
    manifest_of,
    parsed,
    raw_manifest,
)
from tests.unit.test_pack_systems import BUILDKITE, CIRCLE, GITHUB, GITLAB


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


def test_the_suite_of_all_its_reports_can_be_said(job: Job) -> None:
    job.write("results/x.xml")
    words = ("--suite", "e2e", "--expect", "e2e", "--coverage", "none.xml")
    assert job.pack(*KNOWN, *words, results="**/*.xml") == 1
    [bundle] = job.bundles
    assert [report.suite for report in manifest_of(bundle).reports] == ["e2e"] * 3


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


def test_every_format_that_comes_in_bundles_is_looked_at_there() -> None:
    inside = {source.name for source in sources.all_sources() if not source.landed}
    assert inside == set(sources.IN_BUNDLES)


def test_every_field_of_a_run_has_its_place(job: Job) -> None:
    """A key that the manifest learns shall not be forgotten here."""
    from ingest.ci.manifest import Manifest

    assert job.pack(*KNOWN, "--job", "x", "--expect", "s", "--fact", "a=b") == 0
    written: dict[str, Any] = raw_manifest(job.bundles[0])
    possible = {*Run.__dataclass_fields__, "gapsight_bundle", "reports"} - {"facts"} | {"env_facts"}
    assert set(written) <= possible
    # Only a puller of artifacts knows those that had expired.
    assert set(Manifest.__struct_fields__) == possible | {"artifacts"}
