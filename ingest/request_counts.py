"""Requests by minute and by day: the counting behind every access log.

Counting happens on whole numbers that hold a key each (minute, route, status class, sender), because
a number costs a quarter of a tuple in time and memory, and a log has a key on nearly every line.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import compress
from typing import Any

from ingest.agents import Agent
from ingest.records import RequestLatency, RequestMinute, UsageCount
from ingest.routes import OTHER_ROUTE
from ingest.source import Batch, Context, Tally

# A key, from the right: sender 13 bits, status class 3, route 20, minute of the epoch the rest.
STATUS_SHIFT, ROUTE_SHIFT, MINUTE_SHIFT = 13, 16, 36
BUCKET_BITS = 8
COUNT_SHIFT = 64  # of a total: bytes below, number of requests above

OTHER, STATIC = -1, -2
"""Instead of a route: no HTTP request; a file for the browser."""
NO_LATENCY = -1

HELD = 400_000
"""Keys in memory before finished minutes are handed out: what a file costs must not grow with it."""
_LATE_MINUTES = 15
_BATCH = 100_000

_STATUS_CLASSES = (None, "1xx", "2xx", "3xx", "4xx", "5xx")


def latency_bucket(milliseconds: float) -> int:
    """floor(ln(max(ms, 1)) / ln(1.08)), the last bucket being 255 (92 hours)."""
    return min(int(math.log(max(milliseconds, 1.0)) / math.log(1.08)), (1 << BUCKET_BITS) - 1)


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


class RequestCounts:
    """Counts of one file. `routes` and `agents` are filled by the caller as their numbers are given out."""

    def __init__(self, context: Context, service: str | None) -> None:
        self._context = context
        self._service = service
        self.routes: list[tuple[str, str]] = []
        self.agents: list[Agent] = []
        self._usage: Counter[int] = Counter()
        self._totals: dict[int, int] = {}
        self._latencies: Counter[int] = Counter()
        self._users: Counter[int] = Counter()
        self._tenants: Counter[int] = Counter()
        self._senders: dict[tuple[str | None, str], int] = {}
        self._sender_of: list[int] = []
        self._days: dict[int, int] = {}
        self._has_sizes = False
        self._other = self._static = 0

    def add(self, requests: Requests) -> None:
        """Count lines; what is not HTTP or static is only tallied."""
        requests = self._without_files(requests)
        if not requests.minutes:
            return
        for agent in self.agents[len(self._sender_of) :]:
            self._sender_of.append(self._senders.setdefault((agent.version, agent.actor), len(self._senders)))
        senders = map(self._sender_of.__getitem__, requests.agents)
        statuses = requests.statuses or [0] * len(requests.minutes)
        keys = [
            minute + route + status + sender
            for minute, route, status, sender in zip(
                requests.minutes, requests.routes, statuses, senders, strict=True
            )
        ]
        days = map(self._day, requests.minutes)
        self._usage.update(map(sum, zip(days, requests.routes, requests.agents, strict=True)))
        self._add_totals(keys, requests.sizes)
        self._add_details(keys, requests)

