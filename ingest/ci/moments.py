"""When a test or a report ran: the stamp, whether its zone was assumed, and the reporting day."""

from datetime import UTC, date, datetime
from typing import NamedTuple

from ingest.files.stamps import parse_stamp
from ingest.source import Context

FIRST_YEAR = 2000
"""Earlier stamps are placeholders: Jest writes 1970-01-01 for a suite that did not run."""


class Moment(NamedTuple):
    """`raw` is the source's own text, kept where nobody named its zone."""

    day: date
    at: datetime | None = None
    zone_assumed: bool = False
    raw: str | None = None


def moment(text: str | None, context: Context) -> Moment | None:
    """The stamp in UTC and its day; None where there is none to use."""
    stamp = parse_stamp(text)
    if stamp is None or stamp.year < FIRST_YEAR:
        return None
    try:
        at = context.to_utc(stamp)
        day = context.day_of(at)
    except OverflowError:
        return None
    # A zone that the settings state is known: only without one UTC is a guess.
    assumed = stamp.tzinfo is None and context.source_zone is None
    return Moment(day, at, assumed, text.strip() if assumed and text else None)


MOST_SECONDS = 1e11
"""A Unix time above that is in milliseconds: in seconds it would be the year 5138."""


def unix_moment(value: float | None, context: Context) -> Moment | None:
    """As `moment`, of a Unix time in seconds or milliseconds; None where there is none to use."""
    if value is None:
        return None
    try:
        at = datetime.fromtimestamp(value / 1000 if value >= MOST_SECONDS else value, UTC)
        if at.year < FIRST_YEAR:
            return None
        return Moment(context.day_of(at), at)
    except (ValueError, OverflowError, OSError):
        return None
