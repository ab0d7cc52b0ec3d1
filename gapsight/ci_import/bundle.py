"""One CI bundle: reports and the manifest that says which run they come from."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import msgspec

from ingest import sources
from ingest.ci.known_reports import may_be_report, report_source
from ingest.ci.manifest import NAME, Fact, Job, ListedReport, written
from ingest.files.packed import opened, parsed
from ingest.files.zips import ZipWriter
from ingest.records import FileCoverage, TestAttempt
from ingest.source import Context, FormatError


@dataclass(frozen=True, order=True)
class Report:
    """One report on disk and its name in the bundle."""

    member: str
    path: Path
    format: str | None
    """None where no source knows it: it is packed all the same, and refused by name when it is loaded."""
    suite: str | None = None


@dataclass(frozen=True)
class Run:
    """What is known of a CI run."""

    repo: str
    build: str
    sha: str | None = None
    branch: str | None = None
    stage: str | None = None
    started_at: datetime | None = None
    base_sha: str | None = None
    pr: str | None = None
    attempt: int = 1
    pipeline: str | None = None
    blocking: bool | None = None
    environment: str | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    finished_at: datetime | None = None
    jobs: Sequence[Job] = ()
    expected_suites: Sequence[str] = ()


def report_format(path: Path) -> str | None:
    """The format of a report, by name and content; None if no CI source reads such a file.

    It may be compressed; DamagedError if that is broken.
    """
    if not may_be_report(path.name):
        return None
    with opened(path) as stream:
        source = report_source(path.name, stream)
    return source.name if source else None


def pack(run: Run, reports: Sequence[Report]) -> bytes:
    """The zip of a run; what is not known of it is left out of the manifest.

    FormatError if something of it is nothing that a manifest may say.
    """
    buffer = io.BytesIO()
    pack_into(buffer, manifest_of(run, reports), reports)
    return buffer.getvalue()


def pack_into(target: IO[bytes], manifest: bytes, reports: Sequence[Report]) -> None:
    """Write the zip of a run to a stream that can seek, in memory that no report's size counts for."""
    with ZipWriter(target) as archive:
        archive.add(NAME, manifest)
        for report in sorted(reports):
            archive.add(report.member, report.path)


def manifest_of(run: Run, reports: Sequence[Report], missing: Sequence[ListedReport] = ()) -> bytes:
    """The manifest of a run; `missing`: reports that should be there, as paths or patterns.

    FormatError if something of it is nothing that a manifest may say.
    """
    listed = [
        ListedReport(path=report.member, format=report.format, suite=report.suite)
        for report in sorted(reports)
    ]
    known = {
        "repo": run.repo,
        "sha": run.sha,
        "base_sha": run.base_sha,
        "pr": run.pr,
        "branch": run.branch,
        "build": run.build,
        "attempt": run.attempt if run.attempt != 1 else None,
        "pipeline": run.pipeline,
        "stage": run.stage,
        "blocking": run.blocking,
        "environment": run.environment,
        "env_facts": dict(sorted(run.facts.items())) or None,
        "started_at": _stamp(run.started_at),
        "finished_at": _stamp(run.finished_at),
        "jobs": [_known(msgspec.structs.asdict(job)) for job in run.jobs] or None,
        "expected_suites": list(run.expected_suites) or None,
    }
    entries = [_known(msgspec.structs.asdict(one)) for one in (*listed, *missing)]
    return written({**known, "reports": entries})


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")


def first_moment(reports: Iterable[Report], zone: str | None) -> datetime | None:
    """When the first test of a run began, as its reports say; else when coverage was measured."""
    context = Context(folder_day=date.min, source_zone=zone)
    started: list[datetime] = []
    measured: list[datetime] = []
    for report in reports:
        for row in _rows(report, context):
            if isinstance(row, TestAttempt) and row.started_at:
                started.append(_aware(row.started_at))
            elif isinstance(row, FileCoverage) and row.measured_at:
                measured.append(_aware(row.measured_at))
    return min(started or measured, default=None)


def _rows(report: Report, context: Context) -> Iterator[object]:
    try:
        if report.format:
            with parsed(sources.get(report.format), report.path, context) as rows:
                yield from rows
    except FormatError:
        return  # the run that loads the bundle says what is wrong with it


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def day_of(moment: datetime, zone: str) -> date:
    """The day of a moment in the workspace's reporting zone."""
    return moment.astimezone(ZoneInfo(zone)).date()
