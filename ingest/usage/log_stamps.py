"""Times as access logs write them, to minutes."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from ingest.files.stamps import parse_stamp

BAD = -3
"""Instead of a minute: the stamp cannot be, and the line is to be rejected."""

_CLF_STAMP = re.compile(
    r"([0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}):([0-5][0-9]):[0-5][0-9] ([+-][0-9]{4})"
)
_ISO_STAMP = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}):([0-5][0-9]):[0-5][0-9](?:[.,][0-9]{1,9})?"
    r" ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2})?"
)
_EPOCH_STAMP = re.compile(r"[0-9]{9,19}(?:\.[0-9]{0,9})?")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_YEARS = range(1995, 2100)
_FIRST_MINUTE, _LAST_MINUTE = 13_148_640, 68_374_080
"""Of those years."""
_EPOCH_UNITS = ((10**11, 60), (10**14, 60 * 10**3), (10**17, 60 * 10**6))


def minute_of(to_utc: Callable[[datetime], datetime], stamp: str) -> int:
    """Minute of the epoch (UTC) of a log's stamp, or BAD; `to_utc` for one that names no zone."""
    found = _CLF_STAMP.fullmatch(stamp)
    if found:
        start = _hour_of(found[1], found[3])
        return start + int(found[2]) if start != BAD else BAD
    found = _ISO_STAMP.fullmatch(stamp)
    if not found:
        return _epoch_minute(stamp)
    if not found[4]:
        return _local_minute(stamp, to_utc)
    start = _iso_hour_of(f"{found[1]} {found[2]}", found[4])
    return start + int(found[3]) if start != BAD else BAD


@lru_cache(maxsize=4096)
def _hour_of(hour: str, zone: str) -> int:
    """29/Jun/2026:22 and +0200 as the minute of the epoch at which that hour begins, or BAD."""
    try:
        # Not strptime: its month names are those of the process's language.
        year, month, day = int(hour[7:11]), _MONTHS.index(hour[3:6]) + 1, int(hour[:2])
        offset = timedelta(hours=int(zone[:3]), minutes=int(zone[0] + zone[3:]))
        when = datetime(year, month, day, int(hour[12:]), tzinfo=timezone(offset))
    except ValueError:
        return BAD
    return int(when.timestamp()) // 60 if year in _YEARS else BAD


@lru_cache(maxsize=4096)
def _iso_hour_of(hour: str, zone: str) -> int:
    """2026-06-29 22 and +02:00 likewise."""
    when = parse_stamp(f"{hour}:00:00{'Z' if zone == 'UTC' else zone}")
    return _minute(when) if when else BAD


def _local_minute(text: str, to_utc: Callable[[datetime], datetime]) -> int:
    when = parse_stamp(text)
    return _minute(to_utc(when)) if when and when.year in _YEARS else BAD


def _minute(when: datetime) -> int:
    return int(when.timestamp()) // 60 if when.year in _YEARS else BAD


def _epoch_minute(text: str) -> int:
    """Of seconds, or of the smaller units that so many digits must be."""
    if not _EPOCH_STAMP.fullmatch(text):
        return BAD
    number = int(text.partition(".")[0])
    unit = next((unit for end, unit in _EPOCH_UNITS if number < end), 60 * 10**9)
    minute = number // unit
    return minute if _FIRST_MINUTE <= minute < _LAST_MINUTE else BAD
