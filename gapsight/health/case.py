"""What every examination is given and adds to: the workspace, the day to look from, the findings."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from orchestration.settings import Settings

Level = Literal["config", "error", "stale", "unknown", "warning"]


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be, and what to do about it."""

    level: Level
    what: str
    do: str
    about: str = ""
    """The source or repository that is meant; empty for the workspace."""


@dataclass
class Case:
    """One workspace under examination."""

    settings: "Settings"
    today: date
    stale_days: int
    """Data of more days ago are stale."""
    findings: list[Finding] = field(default_factory=list)

    def find(self, level: Level, what: str, do: str, *, about: str = "") -> None:
        """Add a finding."""
        self.findings.append(Finding(level, what, do, about))

    def local(self, moment: datetime) -> datetime:
        """Return the same moment in the zone in which the workspace counts its days."""
        return moment.astimezone(ZoneInfo(self.settings.reporting_zone))

    def age(self, moment: date | None) -> int | None:
        """Count the days from a day, or from a moment's day, to the one that is looked from."""
        if isinstance(moment, datetime):
            moment = self.local(moment).date()
        return (self.today - moment).days if moment else None

    def is_old(self, moment: date | None, lag_days: int = 0) -> bool:
        """Whether it is known and longer ago than data may be that lag by their nature."""
        age = self.age(moment)
        return age is not None and age > self.stale_days + lag_days
