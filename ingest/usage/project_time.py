"""Event times of an analytics project: epoch numbers that may be wall clock in disguise."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ingest.files.stamps import parse_stamp
from ingest.source import Context, FormatError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = (datetime(1995, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()
_LAST = (datetime(2100, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()
_MILLISECONDS, _LONGEST = 10**11, 10**15
_QUARTER = 900  # no zone changes its offset within a quarter of an hour


class ProjectTime:
    """Reads the times of one project.

    Mixpanel's `time` counts seconds since 1970 *in the project's zone*: 9 o'clock in Tokyo is
    written as 9 o'clock UTC would be. Projects made since 2023 are in UTC.
    """

    def __init__(self, context: Context, zone: str | None) -> None:
        name = zone or context.source_zone or "UTC"
        try:
            self._zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise FormatError(
                f"project_zone '{name}' is no time zone; expected one like Europe/Berlin"
            ) from None
        self._context = context
        self._days: dict[int, date] = {}

    def day_of(self, time: object) -> date | None:
        """The reporting day of an event; None if the time cannot be."""
        seconds = _seconds(time)
        if seconds is None:
            return None
        quarter = int(seconds // _QUARTER)
        day = self._days.get(quarter)
        if day is None:
            day = self._days[quarter] = self._context.day_of(self._moment(quarter * _QUARTER))
        return day

    def is_whole_day(self, day: date) -> bool:
        """Say whether the project's day begins and ends with the reporting day."""
        return all(
            self._context.day_of(self._moment(start + offset)) == day
            for start in ((day - _EPOCH.date()).total_seconds(),)
            for offset in (0, 86400 - _QUARTER)
        )

    def _moment(self, seconds: float) -> datetime:
        wall = _EPOCH + timedelta(seconds=seconds)
        return wall.replace(tzinfo=self._zone)


def _seconds(time: object) -> float | None:
    """Seconds since 1970 of a number (seconds, milliseconds) or text; None if out of range."""
    if isinstance(time, str):
        stamp = parse_stamp(time)
        if stamp is None:
            return None
        # Connectors write the project's wall clock as text, without a zone.
        time = (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp()
    if isinstance(time, bool) or not isinstance(time, int | float):
        return None
    if not -_LONGEST < time < _LONGEST:  # a whole number of any length can stand in JSON
        return None
    seconds = time / 1000 if abs(time) > _MILLISECONDS else time
    return seconds if _FIRST <= seconds < _LAST else None
