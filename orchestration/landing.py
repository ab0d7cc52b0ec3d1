"""Fetching: each live interface's documents into the inbox, a day's whole or not at all."""

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import msgspec

from ingest.apis import Api, Window
from orchestration.inbox import Days, write_landed
from orchestration.lake import Lake
from orchestration.settings import Settings


def land(settings: Settings, api: Api, days: Days) -> tuple[int, int]:
    """Fetch those days for every entry of the settings; how many files came, and how many were news."""
    came = news = 0
    for entry in settings.entries(api.settings):
        asked = Window(days.first, days.last, settings.reporting_zone)
        for window in api.windows.split(asked):
            for landed in api.fetch(entry, window):
                place = settings.paths.inbox / api.source / landed.day.isoformat() / landed.name
                came += 1
                news += write_landed(place, landed.content)
        _remember(settings, api, entry, days=days)
    return came, news


def days_wanted(settings: Settings, api: Api, days: Days) -> Days | None:
    """The part of those days that was never asked for, or may still have changed; None without entries."""
    known = Lake(settings.paths.lake).remembered(f"landed-{api.name}")
    first = days.last + timedelta(days=1)
    for entry in settings.entries(api.settings):
        begin, end = known.get(_key(entry), ("", ""))
        if not begin or date.fromisoformat(begin) > days.first:
            first = days.first
        else:
            settled = date.fromisoformat(end) - timedelta(days=api.windows.days_again)
            first = min(first, max(settled, days.first))
    return Days(min(first, days.last), days.last) if settings.entries(api.settings) else None


def _remember(settings: Settings, api: Api, entry: Mapping[str, Any], *, days: Days) -> None:
    """Widen what was fetched of an entry; days that do not join it say nothing about those between."""
    lake = Lake(settings.paths.lake)
    known = lake.remembered(f"landed-{api.name}")
    begin, end = known.get(_key(entry), ("", ""))
    first, last = days
    if begin:
        before = Days(date.fromisoformat(begin), date.fromisoformat(end))
        if first > before.last + timedelta(days=1) or last < before.first - timedelta(days=1):
            return
        first, last = min(first, before.first), max(last, before.last)
    lake.remember(
        f"landed-{api.name}", {**known, _key(entry): [first.isoformat(), last.isoformat()]}
    )


def _key(entry: Mapping[str, Any]) -> str:
    return hashlib.sha256(msgspec.json.encode(entry, order="deterministic")).hexdigest()[:16]
