"""The schema of Playwright's JSON report, as far as it is read.

Lists that grow with the run are left as text: objects of all of it would take four times its size.
"""

from typing import BinaryIO

import msgspec

from ingest.ci.json_report import LIMIT, read_json

WANTED = "a Playwright JSON report (an object with `config` and `suites`)"


class Problem(msgspec.Struct):
    """An error of a result, or of the run."""

    message: str | None = None
    value: str | None = None
    stack: str | None = None


class Annotation(msgspec.Struct):
    """What `test.info().annotations` holds, and what `test.skip` and its like leave there."""

    type: str
    description: str | None = None


class Noted(msgspec.Struct):
    """Of an attempt, what the test said of itself while it ran (since 1.52)."""

    annotations: list[Annotation] = []


class Result(msgspec.Struct, rename="camel"):
    """One attempt."""

    status: str | None = None
    duration: float | None = None
    retry: int = 0
    start_time: str | None = None
    error: Problem | None = None
    errors: list[Problem] = []


class Test(msgspec.Struct, rename="camel"):
    """One spec in one project."""

    __test__ = False
    expected_status: str = "passed"
    project_name: str | None = None
    status: str | None = None
    annotations: list[Annotation] = []
    results: list[msgspec.Raw] = []


class Spec(msgspec.Struct):
    """One `test(...)` of the code."""

    title: str
    file: str | None = None
    tags: list[str] = []
    tests: list[msgspec.Raw] = []


class Suite(msgspec.Struct):
    """A file, or a describe block in it."""

    title: str = ""
    file: str | None = None
    specs: list[msgspec.Raw] = []
    suites: list[msgspec.Raw] = []


class Shard(msgspec.Struct):
    """Which part of the run the report is."""

    current: int
    total: int


class Config(msgspec.Struct):
    """Of the configuration, what changes the meaning of the results."""

    shard: Shard | None = None


class Stats(msgspec.Struct):
    """The run's own counts; reports before 1.4x and merged ones have none."""

    expected: int = 0
    unexpected: int = 0
    flaky: int = 0
    skipped: int = 0


class Report(msgspec.Struct):
    """The file."""

    config: Config
    suites: list[msgspec.Raw]
    errors: list[Problem] = []
    stats: Stats | None = None


def read_report(stream: BinaryIO) -> tuple[Report, list[str]]:
    """The report, and notes on what had to be mended; FormatError for anything else."""
    return read_json(stream, Report, wanted=WANTED, limit=LIMIT)
