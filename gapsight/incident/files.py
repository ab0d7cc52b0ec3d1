"""Reports as published files: `incidents/<id>.md` and `.html`, and `index` of them, written where they changed."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gapsight.incident.report import INCIDENTS, TESTS, Report, Row, listing
from gapsight.pages.document import Document, Section, Table
from gapsight.pages.html import html
from gapsight.pages.markdown import markdown

Ask = Callable[..., Sequence[Row]]
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,98}[A-Za-z0-9_-]|[A-Za-z0-9]")
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""What Windows takes for a device, whatever follows its first point."""
_INDEX = "index"
_LISTED = 500
"""Incidents on the page of all: a browser shows so many at once, and so does a wiki."""


@dataclass
class Written:
    """What came of writing all reports."""

    every: list[Report] = field(default_factory=list)
    changed: list[Report] = field(default_factory=list)
    """Those that say something else than before, or are new."""


def reports(ask: Ask, incident: str | None = None) -> Iterator[Report]:
    """Every report, or those of one id: two sources may use the same."""
    tests: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in ask(TESTS, incident=incident):
        tests[row["source"], row["incident_id"]].append(row)
    for row in ask(INCIDENTS, incident=incident):
        yield Report(row, tests.get((row["source"], row["incident_id"]), []))


def write_reports(ask: Ask, folder: Path, write: Callable[[Path, bytes], None]) -> Written:
    """Write what is new or changed and a page that lists all, remove what no incident has, and say which."""
    done = Written()
    stems: dict[tuple[str, str], str] = {}
    taken = {_INDEX}
    folder.mkdir(parents=True, exist_ok=True)
    for report in reports(ask):
        stem = _stem(report.incident, taken)
        taken.add(stem.lower())
        stems[_key(report.incident)] = stem
        done.every.append(report)
        if _write(folder / stem, report.document(), write):
            done.changed.append(report)
    _write(folder / _INDEX, _index(done.every, stems), write)
    kept = {_INDEX, *stems.values()}
    for old in folder.iterdir():
        if old.suffix in (".md", ".html") and old.stem not in kept:
            old.unlink()
    return done


def _key(incident: Row) -> tuple[str, str]:
    return incident["source"], incident["incident_id"]


def _write(stem: Path, document: Document, write: Callable[[Path, bytes], None]) -> bool:
    """Write both forms where they say something else than before, and say whether they did."""
    is_new = False
    for ending, content in (("md", markdown(document)), ("html", html(document))):
        place = stem.with_name(f"{stem.name}.{ending}")
        if not place.is_file() or place.read_bytes() != content.encode():
            write(place, content.encode())
            is_new = True
    return is_new


def _index(every: Sequence[Report], stems: Mapping[tuple[str, str], str]) -> Document:
    """All reports on one page, the newest first."""
    found = sorted((report.incident for report in every), key=_key)
    found.sort(key=lambda one: str(one["detected"]), reverse=True)
    older = len(found) - _LISTED
    caption = f"and {older:,} older: gapsight incident ID" if older > 0 else ""
    table = Table(caption, listing(), found[:_LISTED], page=lambda row: stems[_key(row)])
    about = "What the suite said before each, and what was missing. Times are in UTC."
    section = Section("all", "Reports", about, [table], why_empty="No incident is loaded.")
    return Document("Incidents", [section])


def _stem(incident: Row, taken: set[str]) -> str:
    """The id, where it is fit for a file name of every system and nobody else's; else a name that is."""
    name = str(incident["incident_id"])
    if not _SAFE.fullmatch(name) or _DEVICE.fullmatch(name):
        name = (
            f"{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-')[:60] or 'incident'}-{_digest(name)}"
        )
    if name.lower() in taken:
        name = f"{incident['source']}-{name}"
    return f"{name}-{_digest(name)}" if name.lower() in taken else name


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]
