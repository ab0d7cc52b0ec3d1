"""What was seen in the files: counts by name, and nothing of anybody's content."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple


class Route(NamedTuple):
    """A route template of a service, as the lake would hold it."""

    service: str
    method: str
    template: str


class Place(NamedTuple):
    """A path inside a repository; the repository is `*` where a report does not say which."""

    repo: str
    path: str


@dataclass(frozen=True)
class Seen:
    """One file that was looked at."""

    path: Path
    source: str = ""
    """Name of the format; empty if the file was not read."""
    service: str = ""
    match: str = ""
    """The pattern under which settings know this file's log, where it is one."""
    first: date | None = None
    last: date | None = None
    problem: str = ""
    records: int = 0
    """Lines of a log or export, records of anything else."""
    rejected: int = 0
    """Those of them that could not be read."""


@dataclass
class Facts:
    """Everything that a draft is made of."""

    files: list[Seen] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    """Files of an inbox that were not read because newer ones say enough, by source."""
    requests: Counter[Route] = field(default_factory=Counter)
    """User requests: static files, bots and synthetic probes are not among them."""
    refused: Counter[Route] = field(default_factory=Counter)
    """Those of them that were answered with 4xx."""
    events: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By source and name of the event."""
    tests: Counter[Place] = field(default_factory=Counter)
    tags: Counter[str] = field(default_factory=Counter)
    """Flows that tests name themselves."""
    lines: Counter[Place] = field(default_factory=Counter)
    """Lines that a coverage report counts, by file."""
    tracked: Counter[Place] = field(default_factory=Counter)
    """Files of the clones."""
    usage_days: dict[str, Counter[date]] = field(default_factory=dict)
    """By service or export: days of use, and in how many files; 2 for a day that lies inside one."""
    classes: Counter[str] = field(default_factory=Counter)
    """Lines of logs and exports by class, for the account."""

    @property
    def whole_days(self) -> int:
        """So many days of use count as loaded, of the service or export that has the fewest.

        As int_usage__loaded_days: a few rows at a file's edge do not make a day loaded.
        """
        loaded = (sum(files > 1 for files in days.values()) for days in self.usage_days.values())
        return min(loaded, default=0)

    @property
    def last_usage_day(self) -> date | None:
        """The last day of which any use is known."""
        return max((day for days in self.usage_days.values() for day in days), default=None)

    @property
    def first_day(self) -> date | None:
        """The first day that any file has something of."""
        return min((file.first for file in self.files if file.first), default=None)

    @property
    def last_day(self) -> date | None:
        """The last one."""
        return max((file.last for file in self.files if file.last), default=None)
