"""One CI bundle: reports and the manifest that says which run they come from."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ingest import sources
from ingest.ci.known_reports import may_be_report, report_source
from ingest.ci.manifest import NAME, written
from ingest.files.packed import opened, parsed
from ingest.files.zips import zipped
from ingest.records import FileCoverage, TestAttempt
from ingest.source import Context, FormatError


@dataclass(frozen=True, order=True)
class Report:
    """One report on disk and its name in the bundle."""

    member: str
    path: Path
    format: str
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
    listed = [
        {"path": report.member, "format": report.format}
        | ({"suite": report.suite} if report.suite else {})
        for report in sorted(reports)
    ]
    known = {
        "repo": run.repo,
        "sha": run.sha,
        "branch": run.branch,
        "build": run.build,
        "stage": run.stage,
        "started_at": _stamp(run.started_at),
    }
    manifest = written({**known, "reports": listed})
    return zipped(
        {NAME: manifest} | {report.member: report.path.read_bytes() for report in sorted(reports)}
    )


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
        with parsed(sources.get(report.format), report.path, context) as rows:
            yield from rows
    except FormatError:
        return  # the run that loads the bundle says what is wrong with it


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def day_of(moment: datetime, zone: str) -> date:
    """The day of a moment in the workspace's reporting zone."""
    return moment.astimezone(ZoneInfo(zone)).date()
