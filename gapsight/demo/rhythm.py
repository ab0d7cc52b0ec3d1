"""When things happen in the demo world: seasons, hours of the day, merge runs of a weekday.

Everything here is a function of the calendar day, so that a day's files do not depend on how many
days are generated: the fourteen-day demo is the last two weeks of the long one.
"""

import math
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from gapsight.demo.world import Product

ZONE = ZoneInfo("Europe/Berlin")
"""The reporting zone of the workspace; the web servers write their stamps in it, too."""

_HOURS = (
    1.2,
    0.7,
    0.4,
    0.3,
    0.3,
    0.6,
    1.5,
    3,
    4.5,
    5.5,
    6,
    6.2,
    6.5,
    6,
    5.6,
    5.6,
    5.8,
    6.2,
    7,
    7.8,
    8.2,
    7.4,
    5,
    2.6,
)
_BUILDS_BEGIN = date(2024, 1, 1).toordinal()


@cache
def minute_weights() -> list[float]:
    """Cumulative weight of each minute of a local day."""
    total, weights = 0.0, []
    for hour, weight in enumerate(_HOURS):
        following = _HOURS[(hour + 1) % 24]
        for minute in range(60):
            total += weight + (following - weight) * minute / 60
            weights.append(total)
    return weights


def night_share(seconds: int) -> float:
    """Share of a day's traffic that falls into its first seconds."""
    weights = minute_weights()
    return weights[seconds // 60 - 1] / weights[-1]


def volume(product: Product, day: date) -> float:
    """Traffic of a day against a plain weekday: weekend, Christmas, slow growth."""
    weekend = product.weekend[day.weekday() - 5] if day.weekday() >= 5 else 1.0
    christmas = 1.35 if (12, 5) <= (day.month, day.day) <= (12, 23) else 1.0
    season = 1 + 0.06 * math.sin(2 * math.pi * (day.timetuple().tm_yday - 60) / 365)
    return weekend * season * (christmas if product.name == "shop" else 1.0)


def daily_count(rng: Random, mean: float) -> int:
    """Draw a count near its mean: small ones vary as arrivals do, big ones by a few percent."""
    spread = math.sqrt(mean) * 0.6 if mean > 1 else mean
    return max(0, round(rng.gauss(mean, spread)))


def runs_before(product: Product, day: date) -> int:
    """Count the merge runs before the day, since a fixed day: the index of its first run."""
    weeks, weekday = divmod(day.toordinal() - _BUILDS_BEGIN, 7)
    return weeks * sum(product.merges) + sum(product.merges[:weekday])


class LocalDay:
    """A calendar day of the reporting zone: its seconds as stamps and as UTC."""

    def __init__(self, day: date) -> None:
        self.day = day
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZONE)
        self._midnight = int(midnight.timestamp())
        early = midnight.utcoffset() or timedelta()
        late = midnight.replace(hour=12).utcoffset() or timedelta()
        self.offset = int(early.total_seconds())
        """Seconds by which the day begins before that of UTC."""
        self._lost = int((late - early).total_seconds())
        self._offsets = (_offset(early), _offset(late))

    def wall(self, second: int) -> tuple[int, str]:
        """Return a second as the clocks show it, never in an hour left out, and its offset."""
        changed = second >= 7200
        if changed and self._lost > 0 and second < 7200 + self._lost:
            second += self._lost
        return second, self._offsets[changed]

    def utc(self, second: int) -> int:
        """Unix time of a second that the clocks of the day show."""
        wall, _ = self.wall(second)
        return self._midnight + wall - (self._lost if wall >= 7200 else 0)


def _offset(offset: timedelta) -> str:
    hours = int(offset.total_seconds()) // 3600
    return f"{hours:+03d}00"


def utc(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a UTC moment of a day."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def stamp(moment: datetime) -> str:
    """ISO 8601 with Z, as CI systems write it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
