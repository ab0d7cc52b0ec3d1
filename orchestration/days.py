"""Ranges of days, in the workspace's reporting zone."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

_FAR_APART = 31


class Days(NamedTuple):
    """Days from first to last, both included."""

    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last


def today_in(zone: str) -> date:
    """The present day in a zone."""
    return datetime.now(ZoneInfo(zone)).date()


def days_until_today(first: date, zone: str) -> Days:
    """Days whose folders a run loads: from the first of the workspace to today in its zone."""
    return Days(first, today_in(zone))


def spans_of(days: Iterable[date]) -> list[Days]:
    """The fewest ranges around days that lie far apart: Dagster keeps a record of each day of a range."""
    spans: list[Days] = []
    for day in sorted(days):
        if spans and (day - spans[-1].last).days <= _FAR_APART:
            spans[-1] = Days(spans[-1].first, day)
        else:
            spans.append(Days(day, day))
    return spans
