"""Reports and what is known of their run to one zip in a temporary file."""

import hashlib
import re
from base64 import b32encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile

from gapsight.ci_import.bundle import Report, Run, day_of, manifest_of, pack_into, report_format
from gapsight.ci_pack.files import File, Files
from ingest import sources
from ingest.ci.manifest import ListedReport
from ingest.files.archive import Limits
from ingest.files.packed import bare_name
from ingest.records import FileCoverage
from ingest.source import FormatError

_LONGEST_NAME = 160
_STRANGE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Known:
    """Reports as they will be listed, and what of them deserves a look."""

    reports: list[Report] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """Files that cannot be opened: they are listed as missing."""
    notes: list[str] = field(default_factory=list)


def recognise(files: Files, suite: str | None) -> Known:
    """The format of each file, by its name and first bytes; what no source knows is packed too."""
    known = Known()
    for file in files.files:
        try:
            form = report_format(file.path)
        except FormatError as error:
            form = None
            known.notes.append(f"{file.shown}: {error}; packed as it is")
        except OSError as error:
            known.unread.append(f"{file.shown} cannot be read ({error.strerror})")
            files.missing[file.shown] = file.member
            continue
        else:
            known.notes.extend(_strange(file, form))
        known.reports.append(Report(file.member, file.path, form, suite))
    return known


def _strange(file: File, form: str | None) -> Iterator[str]:
    if form is None:
        yield f"{file.shown} is no report of a known format; packed as it is"
    elif (FileCoverage in sources.get(form).tables) != (file.kind == "coverage"):
        yield f"{file.shown}, given as --{file.kind}, is {form}"
    if file.path.stat().st_size > Limits().member_bytes:
        yield (
            f"{file.shown} has more than {Limits().member_bytes >> 20:,} MiB, which a run refuses"
            " unless max_member_bytes of [sources.ci_bundle] is raised"
        )


def not_here(run: Run, reports: Sequence[Report]) -> list[str]:
    """Expected suites that no report of this bundle stands for by its listing, name, folder or format."""
    words: set[str | None] = set()
    for report in reports:
        path = Path(bare_name(report.member))
        words |= {report.suite} if report.suite else {path.stem, *path.parts[:-1], report.format}
    return [suite for suite in run.expected_suites if suite not in words]


@dataclass(frozen=True)
class Bundle:
    """A finished zip, for as long as its context lasts."""

    path: Path
    size: int
    digest: str
    """Eight letters and digits that stand for its bytes."""


@contextmanager
def bundled(manifest: bytes, reports: Sequence[Report]) -> Iterator[Bundle]:
    """Write the zip to a temporary file, in bounded memory; it is gone afterwards."""
    with NamedTemporaryFile(prefix="gapsight-", suffix=".zip") as file:
        pack_into(file, manifest, reports)
        file.flush()
        size = file.tell()
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").digest()
        # In base 32 there is neither 0 nor 1: it never reads like the date that a dropped file is filed by.
        yield Bundle(Path(file.name), size, b32encode(digest[:5]).decode().lower())


def listing(run: Run, known: Known, files: Files, *, suite: str | None) -> bytes:
    """The manifest; FormatError says what of it may not be."""
    missing = [ListedReport(path=name, suite=suite) for name in sorted(set(files.missing.values()))]
    return manifest_of(run, known.reports, missing)


def day_name(run: Run, zone: str) -> date | None:
    """The day the run began, in a zone; None if that is unknown."""
    return day_of(run.started_at, zone) if run.started_at else None


def file_name(run: Run, label: str | None, *, day: date | None, digest: str) -> str:
    """`<day>-<repo>-<build>-<attempt>-<job>-<digest>.zip`: bundles that differ in a byte differ in it."""
    parts = (day and day.isoformat(), run.repo, run.build, str(run.attempt), label)
    text = "-".join(_STRANGE.sub("-", part).strip("-") for part in parts if part).strip(".-")
    return f"{text[:_LONGEST_NAME]}-{digest}.zip"
