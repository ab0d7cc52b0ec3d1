"""Which days of an interface's entry came whole, and when: a finished day is not asked for again."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from ingest.apis import Api, ApiError
from orchestration.days import Days
from orchestration.lake import Lake
from orchestration.settings import Settings


class FetchRecord:
    """When each day of one entry was fetched whole. If it is lost, days are asked for once more."""

    def __init__(
        self, settings: Settings, api: Api, entry: Mapping[str, Any], *, now: datetime | None = None
    ) -> None:
        self._lake = Lake(settings.paths.lake)
        self._name = f"landed-{api.name}-{entry_key(entry)}"
        self._windows = api.windows_of(entry)
        self._zone = ZoneInfo(settings.reporting_zone)
        self._now = now or datetime.now(UTC)
        self._fetched = self._lake.remembered(self._name)
        self._state = _state_of(api, entry)

    @property
    def newest(self) -> date | None:
        """The newest day that came whole."""
        return date.fromisoformat(max(self._fetched)) if self._fetched else None

    def missing(self, days: Days) -> list[date]:
        """Days that were never fetched, or that may have changed since."""
        newest = self.newest or days.first
        return [day for day in self.whole(days) if not self._is_current(day, newest)]

    def whole(self, days: Days) -> list[date]:
        """Days that are whole already: an entry may lag behind the others of its interface."""
        if not (lag := self._windows.lag_days):
            return list(days_in(days))
        newest = self._now.astimezone(self._zone).date() - timedelta(days=lag)
        return [day for day in days_in(days) if day <= newest]

    def fetched_at(self, days: Days) -> datetime | None:
        """When all of the days had been fetched; None if one never was."""
        known = [self._fetched.get(day.isoformat()) for day in days_in(days)]
        stamps = [datetime.fromisoformat(facts[0]) for facts in known if facts]
        return min(stamps) if len(stamps) == len(known) else None

    def add(self, days: Days) -> None:
        """Remember that all of the days came whole just now."""
        facts = [self._now.isoformat(timespec="seconds"), self._state]
        self._fetched |= {day.isoformat(): facts for day in days_in(days)}
        self._lake.remember(self._name, self._fetched)

    def _is_current(self, day: date, newest: date) -> bool:
        known = self._fetched.get(day.isoformat())
        if not known:
            return False
        at, state = datetime.fromisoformat(known[0]), known[-1]
        settles = day + timedelta(days=self._windows.days_again)
        if self._state:
            return state == self._state or newest > settles
        if at.astimezone(self._zone).date() > settles:
            return True
        return self._now - at < timedelta(hours=self._windows.fresh_hours)


def _state_of(api: Api, entry: Mapping[str, Any]) -> str:
    """The state of an interface that has one; nothing if it cannot be told: the fetch will say why."""
    try:
        return api.state(entry) if api.state else ""
    except ApiError:
        return ""


def days_in(days: Days) -> Iterator[date]:
    """Each of the days."""
    return (days.first + timedelta(days=n) for n in range((days.last - days.first).days + 1))


def entry_key(entry: Mapping[str, Any]) -> str:
    """Name what is remembered of an entry: another section is another entry."""
    return hashlib.sha256(msgspec.json.encode(entry, order="deterministic")).hexdigest()[:16]
