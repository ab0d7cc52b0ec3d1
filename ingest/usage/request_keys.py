"""Keys of counted requests as whole numbers, and what they stand for.

A number costs a quarter of a tuple in time and memory, and a log has a key on nearly every line.
From the right: sender (version and actor) 13 bits, status class 3, route 20, the rest the minute of
the epoch. Values come shifted to their place, so that a key is their sum.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from ingest.source import Context

STATUS_SHIFT, ROUTE_SHIFT, MINUTE_SHIFT = 13, 16, 36
BUCKET_BITS = 8
SENDER_MASK = (1 << STATUS_SHIFT) - 1
AGENT_MASK = (1 << ROUTE_SHIFT) - 1
ROUTE_MASK = (1 << MINUTE_SHIFT - ROUTE_SHIFT) - 1
WHAT_MASK = (1 << MINUTE_SHIFT) - 1
"""Everything but the minute."""
BUCKET_MASK = (1 << BUCKET_BITS) - 1

OTHER, STATIC = -1, -2
"""Instead of a route: no HTTP request; a file for the browser."""
NO_LATENCY = -1

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATUS_CLASSES = (None, "1xx", "2xx", "3xx", "4xx", "5xx")

Sender = tuple[str | None, str]
"""Version and actor."""


class Route(NamedTuple):
    """What was asked of whom."""

    service: str | None
    method: str | None
    """None for a span that is no HTTP request."""
    template: str


def latency_bucket(milliseconds: float) -> int:
    """floor(ln(max(ms, 1)) / ln(1.08)), the last bucket being 255 (92 hours)."""
    return min(int(math.log(max(milliseconds, 1.0)) / math.log(1.08)), BUCKET_MASK)


@dataclass(frozen=True)
class Requests:
    """Lines of a log as columns; None where the log does not say."""

    minutes: list[int]
    """Minute of the epoch, shifted."""
    routes: list[int]
    """Number of a route, shifted; or OTHER, or STATIC."""
    agents: list[int]
    statuses: list[int] | None = None
    """Status class 1 to 5, shifted; 0 if there is none."""
    sizes: list[int] | None = None
    latencies: list[int] | None = None
    """Bucket, or NO_LATENCY."""
    users: list[bool] | None = None
    tenants: list[bool] | None = None


class Whats(dict[int, tuple[str | None, ...]]):
    """A key without its minute -> what it stands for, in the order of NAMES."""

    NAMES = ("service", "route", "method", "status_class", "version", "actor")

    def __init__(self, routes: Sequence[Route], senders: Sequence[Sender]) -> None:
        super().__init__()
        self._routes, self._senders = routes, senders

    def __missing__(self, key: int) -> tuple[str | None, ...]:
        service, method, route = self._routes[key >> ROUTE_SHIFT]
        status = _STATUS_CLASSES[key >> STATUS_SHIFT & 7]
        self[key] = what = (service, route, method, status, *self._senders[key & SENDER_MASK])
        return what


class Days(dict[int, int]):
    """Shifted minute -> its reporting day, as a shifted ordinal."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context

    def __missing__(self, minute: int) -> int:
        stamp = EPOCH + timedelta(minutes=minute >> MINUTE_SHIFT)
        day = self._context.day_of(stamp).toordinal() << MINUTE_SHIFT
        self[minute] = day
        return day
