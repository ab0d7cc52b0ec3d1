"""Rows of CI runs: the run, its tests, its coverage."""

from datetime import datetime
from typing import ClassVar

from ingest.records.base import Record


class CiRun(Record, kw_only=True):
    """Grain: one bundle: a run attempt, or what one of its jobs packed."""

    TABLE = "ci_runs"
    repo: str
    sha: str | None = None
    base_sha: str | None = None
    pr: str | None = None
    branch: str | None = None
    build: str
    run_attempt: int = 1
    pipeline: str | None = None
    stage: str | None = None  # merge, nightly, weekly, release, production
    blocking: bool | None = None
    environment: str | None = None
    env_facts_json: str | None = None  # db, os, tz, locale ...
    started_at: datetime | None = None
    finished_at: datetime | None = None
    expected_suites_json: str | None = None
    received_suites_json: str | None = None
    missing_suites_json: str | None = None  # expected and not received in this bundle; NULL: none
    broken_suites_json: str | None = None  # a report of it is missing or not whole; NULL: none


class TestAttempt(Record, kw_only=True):
    """Grain: one attempt of one test in one CI run."""

    __test__: ClassVar[bool] = False  # not a test class, whatever pytest thinks of the name
    TABLE = "test_attempts"
    repo: str | None = None
    sha: str | None = None
    branch: str | None = None
    build: str | None = None
    run_attempt: int | None = None
    environment: str | None = None  # the report's own (a Playwright project); else the CI run's
    suite: str | None = None
    file: str | None = None
    class_name: str | None = None
    name: str
    params: str | None = None  # volatile part of the name, split off by the identity rules
    occurrence: int = 1  # 2, 3 ... where a report repeats the same names and it is no retry
    tags_json: str | None = None  # object: tag -> value or list of values
    raw_status: str
    status: str  # passed, failed, error, skipped, xfail, xpass
    duration_ms: float | None = None
    attempt: int = 1
    started_at: datetime | None = None
    zone_assumed: bool = False
    raw_started_at: str | None = None  # the source's own text, where the zone was assumed
    message: str | None = None  # scrubbed, at most 2,000 characters
    fingerprint: str | None = None  # hash of the message without numbers, ids and paths


class FileCoverage(Record, kw_only=True):
    """Grain: one file in one coverage report. Counts only: percentages are SQL's work."""

    TABLE = "file_coverage"
    repo: str | None = None
    sha: str | None = None
    branch: str | None = None
    build: str | None = None
    run_attempt: int | None = None
    format: str
    report: str | None = None  # path of the report inside its bundle
    component: str | None = None  # the report's own grouping (package), a hint
    file: str  # as the report writes it, with / for \
    lines_covered: int | None = None
    lines_total: int | None = None
    branches_covered: int | None = None
    branches_total: int | None = None
    functions_covered: int | None = None
    functions_total: int | None = None
    measured_at: datetime | None = None


class TestCoverage(Record, kw_only=True):
    """Grain: one test and one file of one coverage report that says which tests ran a line."""

    __test__: ClassVar[bool] = False
    TABLE = "test_coverage"
    repo: str | None = None
    sha: str | None = None
    branch: str | None = None
    build: str | None = None
    run_attempt: int | None = None
    report: str | None = None  # path of the report inside its bundle
    test: str  # the report's own name, without its phase; empty: what ran outside of all tests
    file: str  # as in file_coverage
    lines_covered: (
        int  # of the lines that count in file_coverage; setup, call and teardown together
    )
    line_runs: str | None = None  # which of them, by place: `1-3,7`; NULL for more than 1,000 runs
