"""Reports as published files: `incidents/<id>.md` and `.html`, written where they changed."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gapsight.incident.report import INCIDENTS, TESTS, Report, Row
from gapsight.pages.html import html
from gapsight.pages.markdown import markdown

Ask = Callable[..., Sequence[Row]]
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


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
    """Write what is new or changed, remove what no incident has, and say which."""
    done = Written()
    taken: set[str] = set()
    folder.mkdir(parents=True, exist_ok=True)
    for report in reports(ask):
        stem = _stem(report.incident, taken)
        taken.add(stem)
        done.every.append(report)
        document = report.document()
        is_new = False
        for ending, content in (("md", markdown(document)), ("html", html(document))):
            place = folder / f"{stem}.{ending}"
            if not place.is_file() or place.read_bytes() != content.encode():
                write(place, content.encode())
                is_new = True
        if is_new:
            done.changed.append(report)
    for old in folder.iterdir():
        if old.suffix in (".md", ".html") and old.stem not in taken:
            old.unlink()
    return done


def _stem(incident: Row, taken: set[str]) -> str:
    """The id, where it is fit for a file name and nobody else's; else a name that is."""
    name = str(incident["incident_id"])
    if not _SAFE.fullmatch(name):
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        name = f"{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-')[:60] or 'incident'}-{digest}"
    return f"{incident['source']}-{name}" if name in taken else name
