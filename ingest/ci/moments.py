"""When a test or a report ran: the stamp, whether its zone was assumed, and the reporting day."""

from datetime import date, datetime
from typing import NamedTuple

from ingest.files.stamps import parse_stamp
from ingest.source import Context

FIRST_YEAR = 2000
"""Earlier stamps are placeholders: Jest writes 1970-01-01 for a suite that did not run."""


class Moment(NamedTuple):
    """`raw` is the source's own text, kept where the stamp named no zone."""

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
    assumed = stamp.tzinfo is None
    return Moment(day, at, assumed, text.strip() if assumed and text else None)
