"""The day of a version of something, of an incident or a deployment."""

from datetime import date, datetime

from ingest.source import Context


def version_day(context: Context, updated: datetime | None, *told: datetime | None) -> date:
    """Return the day a version was known: when it was updated, else the last thing it tells of.

    The file's folder day where it tells of no time at all.
    """
    return context.day_of(updated or max((stamp for stamp in told if stamp), default=None))
