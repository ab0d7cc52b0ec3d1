"""A downloaded artifact of a CI run: the reports in it, and bundles that CI packed itself.

What comes is a stranger's zip, or one file as it is (GitHub's upload-artifact 7 with `archive: false`).
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from ingest.ci.bundle_file import LIMITS, Part, bundle_in, open_bundle
from ingest.ci.known_reports import may_be_report, report_source
from ingest.ci.manifest import NAME, Manifest
from ingest.files.archive import Archive, ArchiveError
from ingest.files.zips import ZipWriter
from ingest.source import FormatError

NO_REPORT = "no report of a known format is in it"
_IN_MEMORY = 8 << 20
_CHUNK = 1 << 20

Refuse = Callable[[Manifest], str | None]
"""Why a bundle may not speak for this run; None if it may."""


@dataclass
class Contents:
    """What an artifact holds."""

    reports: list[Part] = field(default_factory=list)
    """By their path in the artifact; each can be read to its end."""
    bundles: list[BinaryIO] = field(default_factory=list)
    """Bundles that CI packed, each as it is, at its first byte."""
    problems: list[str] = field(default_factory=list)
    """What of it cannot be had."""
    refused: str | None = None
    """Why a bundle's own word is not taken; its reports are, if they lie open."""

    @property
    def problem(self) -> str | None:
        """All of it in a line; None if there is none."""
        if self.problems:
            more = len(self.problems) - 1
            return self.problems[0] + (f" (and {more} more)" if more else "")
        return None if self.reports or self.bundles else NO_REPORT


def contents(body: BinaryIO, name: str, stack: ExitStack, *, refuse: Refuse) -> Contents:
    """Look into an artifact; what it opens is closed with the stack. Damage is a problem, no error."""
    body.seek(0)
    is_zip = body.read(2) == b"PK"
    body.seek(0)
    try:
        archive = stack.enter_context(
            Archive(body if is_zip else _wrapped(body, name, stack), LIMITS)
        )
    except FormatError as error:
        return Contents(problems=[str(error)])
    found = Contents()
    own = bundle_in(archive)
    if own:
        found.refused = refuse(own.manifest)
        if found.refused is None:
            body.seek(0)
            found.bundles.append(body)
            return found
    for member in archive.members:
        if member.lower().endswith(".zip"):
            _look_into(archive, member, found, stack=stack, refuse=refuse)
        elif may_be_report(member) and not (own and member == NAME):
            found.reports += _report(archive, member, found.problems)
    if found.bundles:  # they hold the reports that lie beside them
        found.reports.clear()
    return found


def _wrapped(body: BinaryIO, name: str, stack: ExitStack) -> BinaryIO:
    """A zip of one file."""
    target = _temporary(stack)
    with ZipWriter(target) as archive:
        archive.add(name, body)
    return target


def _look_into(
    archive: Archive, name: str, found: Contents, *, stack: ExitStack, refuse: Refuse
) -> None:
    """Keep a zip inside the artifact if it is a bundle; any other is let lie."""
    copy = _temporary(stack)
    try:
        with archive.open(name) as stream:
            shutil.copyfileobj(stream, copy, _CHUNK)
    except ArchiveError as error:
        found.problems.append(f"{name}: {error}")
        return
    copy.seek(0)
    bundle = open_bundle(copy, stack)
    if bundle is None:
        return
    if why := refuse(bundle.manifest):
        found.problems.append(f"{name}: {why}")
        return
    copy.seek(0)
    found.bundles.append(copy)


def _report(archive: Archive, name: str, problems: list[str]) -> Iterator[Part]:
    """The member if it is a report, read once to its end: a bundle is not begun with what breaks off."""
    try:
        with archive.open(name) as stream:
            if report_source(name, stream) is None:
                return
            while stream.read(_CHUNK):
                pass
    except ArchiveError as error:
        problems.append(f"{name}: {error}")
        return
    yield Part(name, partial(archive.open, name))


def _temporary(stack: ExitStack) -> BinaryIO:
    return cast("BinaryIO", stack.enter_context(SpooledTemporaryFile(_IN_MEMORY)))
