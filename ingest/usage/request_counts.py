"""Requests by minute and by day: the counting behind every access log."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date, timedelta
from itertools import compress, repeat
from typing import Any

from ingest.records import RequestLatency, RequestMinute, UsageCount
from ingest.source import Batch, Context, Item, Tally
from ingest.usage.agents import Agent
from ingest.usage.request_keys import (
    AGENT_MASK,
    BUCKET_BITS,
    BUCKET_MASK,
    EPOCH,
    MINUTE_SHIFT,
    OTHER,
    ROUTE_MASK,
    ROUTE_SHIFT,
    STATIC,
    WHAT_MASK,
    Days,
    Requests,
    Route,
    Sender,
    Whats,
)
from ingest.usage.routes import OTHER_ROUTE

HELD = 500_000
"""Keys in memory before finished minutes are handed out: memory must not grow with the file."""
_LATE_MINUTES = 60
_BATCH = 100_000
_UNKNOWN = (None, OTHER_ROUTE)
# A total holds the number of requests above, their bytes below: one sum instead of two.
_COUNT_SHIFT = 64
_ONE = 1 << _COUNT_SHIFT
_SIZE_MASK = _ONE - 1


class RequestCounts:
    """Counts of one file; the caller fills `routes` and `agents` as it gives out their numbers."""

    def __init__(self, context: Context, kind: str = "request") -> None:
        self._kind = kind
        self.routes: list[Route] = []
        self.agents: list[Agent] = []
        self._usage: Counter[int] = Counter()
        self._latencies: Counter[int] = Counter()
        self._totals: dict[int, int] = {}
        self._users: Counter[int] = Counter()
        self._tenants: Counter[int] = Counter()
        self._senders: dict[Sender, int] = {}
        self._sent_by: list[Sender] = []
        self._whats = Whats(self.routes, self._sent_by)
        self._sender_of: list[int] = []
        self._days = Days(context)
        self._other = self._static = 0
        self._has_sizes = False

    def add(self, requests: Requests) -> None:
        """Count lines; what is not HTTP or static is only tallied."""
        kept = self._without_files(requests)
        if not kept.minutes:
            return
        for agent in self.agents[len(self._sender_of) :]:
            self._sender_of.append(self._sender(agent))
        keys = [
            minute + route + status + sender
            for minute, route, status, sender in zip(
                kept.minutes,
                kept.routes,
                kept.statuses or repeat(0),
                map(self._sender_of.__getitem__, kept.agents),
                strict=False,  # a log without a status has no end of zeroes
            )
        ]
        days = map(self._days.__getitem__, kept.minutes)
        self._usage.update(
            [
                day + route + agent
                for day, route, agent in zip(days, kept.routes, kept.agents, strict=True)
            ]
        )
        self._add_details(keys, kept)

    def _sender(self, agent: Agent) -> int:
        sent_by = agent.version, agent.actor
        if sent_by not in self._senders:
            self._senders[sent_by] = len(self._sent_by)
            self._sent_by.append(sent_by)
        return self._senders[sent_by]

    def _without_files(self, requests: Requests) -> Requests:
        other, static = requests.routes.count(OTHER), requests.routes.count(STATIC)
        self._other += other
        self._static += static
        if not (other or static):
            return requests
        keep = [route >= 0 for route in requests.routes]
        columns = {
            column.name: list(compress(values, keep))
            for column in fields(requests)
            if (values := getattr(requests, column.name)) is not None
        }
        return Requests(**columns)

    def _add_details(self, keys: list[int], requests: Requests) -> None:
        totals, known = self._totals, self._totals.get
        self._has_sizes = self._has_sizes or requests.sizes is not None
        for key, size in zip(keys, requests.sizes or repeat(0), strict=False):
            totals[key] = known(key, 0) + _ONE + size
        if requests.latencies is not None:
            self._latencies.update(
                [
                    key << BUCKET_BITS | bucket
                    for key, bucket in zip(keys, requests.latencies, strict=True)
                    if bucket >= 0
                ]
            )
        if requests.users is not None:
            self._users.update(compress(keys, requests.users))
        if requests.tenants is not None:
            self._tenants.update(compress(keys, requests.tenants))

    def finished(self) -> Iterator[Batch]:
        """Rows of minutes that lie behind, once many are held.

        A line that is later still makes a second row of its key, as a second file of that minute
        does: readers add them up.
        """
        if len(self._totals) + len(self._latencies) > HELD:
            newest = max(self._totals) >> MINUTE_SHIFT
            yield from self._minutes_before(newest - _LATE_MINUTES)
            if len(self._totals) + len(self._latencies) > HELD // 2:
                yield from self._minutes_before(newest + 1)

    def rest(self) -> Iterator[Item]:
        """All rows not yet handed out, and the tally of everything added."""
        if self._totals:
            yield from self._minutes_before((max(self._totals) >> MINUTE_SHIFT) + 1)
        actors: Counter[str] = Counter()
        for key, count in self._usage.items():
            actors[self.agents[key & AGENT_MASK].actor] += count
        yield from self._usage_rows()
        yield Tally(
            user=actors["user"],
            bot=actors["bot"],
            synthetic=actors["synthetic"],
            static=self._static,
            other=self._other,
        )

    def _usage_rows(self) -> Iterator[Batch]:
        for keys in _parts(self._usage):
            routes = [self.routes[key >> ROUTE_SHIFT & ROUTE_MASK] for key in keys]
            agents = [self.agents[key & AGENT_MASK] for key in keys]
            columns: dict[str, list[Any]] = {
                "day": [date.fromordinal(key >> MINUTE_SHIFT) for key in keys],
                "kind": [self._kind] * len(keys),
                "service": [route.service for route in routes],
                "event": [route.template for route in routes],
                "method": [route.method for route in routes],
                "count": [self._usage[key] for key in keys],
            }
            for name in Agent._fields:
                columns[name] = [getattr(agent, name) for agent in agents]
            yield Batch(table=UsageCount, columns=columns)

    def _minutes_before(self, minute: int) -> Iterator[Batch]:
        end = minute << MINUTE_SHIFT
        latencies = _taken(self._latencies, end << BUCKET_BITS)
        with_latency: Counter[int] = Counter()
        for cell, count in latencies.items():
            with_latency[cell >> BUCKET_BITS] += count
        for part in _parts(latencies):
            columns = self._key_columns([key >> BUCKET_BITS for key in part])
            columns["bucket"] = [key & BUCKET_MASK for key in part]
            yield Batch(
                table=RequestLatency,
                columns=columns | {"count": list(map(latencies.__getitem__, part))},
            )
        totals = _taken(self._totals, end)
        details = {
            "with_latency": with_latency,
            "with_user": _taken(self._users, end),
            "with_tenant": _taken(self._tenants, end),
        }
        for part in _parts(totals):
            columns = self._key_columns(part) | self._total_columns(
                list(map(totals.__getitem__, part))
            )
            for name, found in details.items():
                columns[name] = [found.get(key, 0) for key in part] if found else [0] * len(part)
            for name, column in (("with_status", "status_class"), ("with_route", "route")):
                columns[name] = [
                    0 if value in _UNKNOWN else count
                    for value, count in zip(columns[column], columns["count"], strict=True)
                ]
            yield Batch(table=RequestMinute, columns=columns)

    def _total_columns(self, totals: list[int]) -> dict[str, list[Any]]:
        return {
            "count": [total >> _COUNT_SHIFT for total in totals],
            "bytes": [total & _SIZE_MASK for total in totals]
            if self._has_sizes
            else [None] * len(totals),
        }

    def _key_columns(self, keys: Sequence[int]) -> dict[str, list[Any]]:
        minutes = [key >> MINUTE_SHIFT for key in keys]
        stamps = {minute: EPOCH + timedelta(minutes=minute) for minute in set(minutes)}
        days = {
            minute: date.fromordinal(self._days[minute << MINUTE_SHIFT] >> MINUTE_SHIFT)
            for minute in stamps
        }
        whats = zip(*map(self._whats.__getitem__, [key & WHAT_MASK for key in keys]), strict=True)
        return {
            "day": list(map(days.__getitem__, minutes)),
            "minute": list(map(stamps.__getitem__, minutes)),
            **dict(zip(Whats.NAMES, map(list, whats), strict=True)),
        }


def _taken(counts: dict[int, int], end: int) -> dict[int, int]:
    """The counts of keys below `end`, which are then no longer among `counts`."""
    late = {key: counts.pop(key) for key in [key for key in counts if key >= end]}
    taken = dict(counts)
    counts.clear()
    counts.update(late)
    return taken


def _parts(counts: Mapping[int, int]) -> Iterator[list[int]]:
    """The keys in order, so many at a time."""
    keys = sorted(counts)
    return (keys[start : start + _BATCH] for start in range(0, len(keys), _BATCH))
