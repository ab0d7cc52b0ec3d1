"""Fetching: each live interface's documents into the inbox, a day's whole or not at all.

What was fetched is remembered window by window, so that a run that was broken off goes on where it
was, and a finished day is not asked for again.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from zoneinfo import ZoneInfo

from ingest import apis
from ingest import sources as registry
from ingest.apis import Access, Api, ApiError, Landed, Window
from orchestration.budgets import FileBudget
from orchestration.days import Days
from orchestration.fetch_records import FetchRecord, days_in, entry_key
from orchestration.inbox import list_units, open_landed, write_landed
from orchestration.lake import Lake
from orchestration.settings import ConfigError, Settings


@dataclass
class Landing:
    """What came of a fetch."""

    files: int = 0
    news: int = 0
    """Files that were not there, or other than they were."""
    days: int = 0
    """Days of all entries that were asked for; the others had been fetched before."""
    notes: Counter[str] = field(default_factory=Counter)

    @property
    def said(self) -> list[str]:
        """What deserves a look, by entry, with how often it was so."""
        return [
            f"{what} ({count:,} times)" if count > 1 else what for what, count in self.notes.items()
        ]


class FetchError(RuntimeError):
    """Some entries could not be fetched; those of its interface that could are in the inbox."""

    def __init__(self, failures: Mapping[str, Exception]) -> None:
        self.failures = failures
        super().__init__("\n".join(self.said))

    @property
    def said(self) -> list[str]:
        """Entry and reason, a line each."""
        return [f"{name}: {in_a_line(error)}" for name, error in self.failures.items()]


def in_a_line(error: Exception) -> str:
    """What an error says, its advice included, for lists and tables."""
    return " ".join(str(error).split("\n"))


def land(  # noqa: PLR0913 - a range, and what comes of it
    settings: Settings,
    api: Api,
    days: Days,
    *,
    again: bool = False,
    now: datetime | None = None,
    found: Landing | None = None,
    done: Callable[[str], None] = lambda _: None,
) -> Landing:
    """Fetch those of the days that are missing or may have changed, all of them with `again`.

    Counts into `found` and tells `done` of each day. An entry that cannot be fetched holds back no
    other: FetchError, after all were asked, says why each failed; the windows before that stay.
    """
    found = found or Landing()
    failures: dict[str, Exception] = {}
    for entry in settings.entries(api.settings):
        try:
            _land_entry(
                settings, api, entry, days=days, again=again, now=now, found=found, done=done
            )
        except (ApiError, ConfigError) as error:
            failures[str(entry["name"])] = error
    if failures:
        raise FetchError(failures)
    return found


def _land_entry(  # noqa: PLR0913 - as land, of one entry
    settings: Settings,
    api: Api,
    entry: Mapping[str, Any],
    *,
    days: Days,
    again: bool,
    now: datetime | None,
    found: Landing,
    done: Callable[[str], None],
) -> None:
    record = FetchRecord(settings, api, entry, now=now)
    asked = record.whole(days) if again else record.missing(days)
    given = settings.with_secrets(api, entry)
    access = _access(settings, api, entry, found=found)
    for span in _spans(asked):
        is_first = span.first == settings.first_day
        for window in api.windows.split(Window(*span, settings.reporting_zone, is_first)):
            whole = Days(window.first_day, window.last_day)
            since = None if again else record.fetched_at(whole)
            for landed in api.fetch(given, replace(window, fetched_at=since), access):
                found.files += 1
                found.news += _written(settings, api, landed)
            record.add(whole)
            for day in days_in(whole):
                found.days += 1
                done(f"{entry['name']} {day}")


def days_asked(settings: Settings, api: Api, days: Days, *, again: bool = False) -> int:
    """How many days of all entries `land` would ask for."""
    records = (FetchRecord(settings, api, entry) for entry in settings.entries(api.settings))
    return sum(len(one.whole(days) if again else one.missing(days)) for one in records)


def days_missing(
    settings: Settings, api: Api, days: Days, *, now: datetime | None = None
) -> list[date]:
    """Those of the days that some entry of an interface would be asked for, in order."""
    missing = {
        day
        for entry in settings.entries(api.settings)
        for day in FetchRecord(settings, api, entry, now=now).missing(days)
    }
    return sorted(missing)


class Standing(NamedTuple):
    """How far an entry is fetched, and what may still be asked."""

    last_day: date | None
    """The newest day that came whole."""
    requests_left: int | None
    """None: the vendor does not count them."""


def standing(settings: Settings, api: Api, entry: Mapping[str, Any]) -> Standing:
    """Look up what is remembered of an entry; asks nobody."""
    newest = FetchRecord(settings, api, entry).newest
    left = FileBudget(_budget_place(settings, api, entry), api.rate).left() if api.rate else None
    return Standing(newest, left)


def last_day(api: Api, *, today: date, inbox: date) -> date:
    """The newest day to ask an interface for: of the inbox, or the last that is whole."""
    if api.windows.follows_inbox:
        return min(inbox, today)
    return today - timedelta(days=api.windows.lag_days)


def fetches(settings: Settings) -> list[date]:
    """Days that some live interface would be asked for by a run, in order."""
    fetched = {api.source for api in apis.all_apis() if settings.entries(api.settings)}
    if not fetched:
        return []
    inbox = settings.paths.inbox
    days = [
        unit.day
        for name in registry.NAMES
        if name not in fetched
        for unit in list_units(inbox, name)
    ]
    today = datetime.now(ZoneInfo(settings.reporting_zone)).date()
    newest, first = max(days, default=None) or _last_loaded(settings) or today, settings.first_day
    wanted = {
        day
        for api in apis.all_apis()
        for day in days_missing(
            settings, api, Days(first, max(last_day(api, today=today, inbox=newest), first))
        )
    }
    return sorted(wanted)


def _last_loaded(settings: Settings) -> date | None:
    """The newest day with rows: an inbox that the retention has emptied says nothing."""
    loaded = Lake(settings.paths.lake).loaded_days()
    return loaded.last if loaded else None


def _place(settings: Settings, api: Api, day: date, *, name: str) -> Path:
    return settings.paths.inbox / api.source / day.isoformat() / name


def _written(settings: Settings, api: Api, landed: Landed) -> bool:
    return write_landed(_place(settings, api, landed.day, name=landed.name), landed.content)


def _access(settings: Settings, api: Api, entry: Mapping[str, Any], *, found: Landing) -> Access:
    def held(day: date, name: str) -> BinaryIO | None:
        return open_landed(_place(settings, api, day, name=name))

    @cache
    def ledger() -> frozenset[str]:
        entries = Lake(settings.paths.lake).ledger([api.source]).values()
        return frozenset(entry.path for entry in entries)

    def loaded(day: date, name: str) -> bool:
        place = _place(settings, api, day, name=name)
        return place.relative_to(settings.paths.inbox).as_posix() in ledger()

    def note(what: str) -> None:
        found.notes[f"{entry['name']}: {what}"] += 1

    access = Access(held=held, loaded=loaded, note=note)
    if api.rate is None:
        return access
    return replace(access, budget=FileBudget(_budget_place(settings, api, entry), api.rate))


def _budget_place(settings: Settings, api: Api, entry: Mapping[str, Any]) -> Path:
    return Lake(settings.paths.lake).state / f"budget-{api.name}-{entry_key(entry)}.json"


def _spans(days: Iterable[date]) -> list[Days]:
    """Days that follow each other, as ranges."""
    spans: list[Days] = []
    for day in days:
        if spans and day - spans[-1].last == timedelta(days=1):
            spans[-1] = Days(spans[-1].first, day)
        else:
            spans.append(Days(day, day))
    return spans
