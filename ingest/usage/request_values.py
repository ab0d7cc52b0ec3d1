"""Columns of a log to columns of numbers: what is counted, and as what."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import NamedTuple, cast

from ingest.source import Context
from ingest.usage.agents import Agent
from ingest.usage.layout import Value
from ingest.usage.log_stamps import BAD, minute_of
from ingest.usage.request_counts import RequestCounts
from ingest.usage.request_keys import (
    MINUTE_SHIFT,
    NO_LATENCY,
    STATUS_SHIFT,
    Requests,
    latency_bucket,
)
from ingest.usage.request_lookups import Agents, Lookup, NamedRoutes, Routes
from ingest.usage.routes import alike

Columns = Mapping[str, Sequence[Value]]

_STATUS = re.compile(r"[1-5][0-9]{2}")
_LATENCY_UNITS = {"ms": 1.0, "us": 1e-3, "ns": 1e-6}
_PARTS = frozenset(("wait", "work", "answer"))
_NOTHING = ("-", "", None)


class Rules(NamedTuple):
    """What settings say of a file's requests."""

    service: str | None
    """Whose log it is; None: what the log says itself, if it does."""
    max_routes: int
    synthetic_agents: Collection[str]
    synthetic_accounts: Collection[str]


class RequestValues:
    """Columns of values to columns of numbers, for one file."""

    def __init__(self, counts: RequestCounts, context: Context, rules: Rules) -> None:
        self._context = context
        self._minutes = Lookup(partial(minute_of, self._to_utc), MINUTE_SHIFT)
        self._statuses = Lookup(_status_class, STATUS_SHIFT)
        self._latencies = Lookup(_bucket)
        self._routes = Routes(counts.routes, rules.max_routes, rules.service)
        self._named_routes = (
            NamedRoutes(counts.routes, rules.max_routes) if rules.service is None else None
        )
        self._agents = Agents(counts.agents, tuple(rules.synthetic_agents))
        self._accounts: frozenset[Value] = frozenset(rules.synthetic_accounts)
        self._unnamed = self._agents.number(Agent())
        self.zone_assumed = False
        """Whether a stamp named no zone, and the settings name none either."""

    def read(self, columns: Columns) -> Requests | None:
        """The values of some lines; None if a stamp among them cannot be (31/Feb)."""
        minutes = self._minutes.all(columns["stamp"])
        if BAD in minutes:
            return None
        latencies = _latencies(columns)
        requests = Requests(
            minutes=minutes,
            routes=self._route_numbers(columns),
            agents=self._agents.all(columns["agent"])
            if "agent" in columns
            else [self._unnamed] * len(minutes),
            statuses=self._statuses.all(columns["status"]) if "status" in columns else None,
            sizes=_sizes(columns["bytes"]) if "bytes" in columns else None,
            latencies=self._latencies.all(latencies) if latencies is not None else None,
            users=_given(columns.get("user")),
            tenants=_given(columns.get("tenant")),
        )
        return self._marked(requests, columns)

    def _to_utc(self, stamp: datetime) -> datetime:
        self.zone_assumed = self.zone_assumed or self._context.source_zone is None
        return self._context.to_utc(stamp)

    def _route_numbers(self, columns: Columns) -> list[int]:
        requests = alike(_request_lines(columns))
        if self._named_routes and "service" in columns:
            return self._named_routes.all_of(columns["service"], requests)
        return self._routes.all(requests)

    def _marked(self, requests: Requests, columns: Columns) -> Requests:
        """With the agents of synthetic accounts and of marked requests as synthetic ones."""
        marks = set[int]()
        if self._accounts and not self._accounts.isdisjoint(columns.get("user", ())):
            marks.update(row for row, user in enumerate(columns["user"]) if user in self._accounts)
        if "synthetic" in columns:
            marks.update(
                row
                for row, value in enumerate(columns["synthetic"])
                if value is not None and str(value).lower() in ("true", "1", "yes")
            )
        if not marks:
            return requests
        agents = [
            self._agents.as_synthetic(agent) if row in marks else agent
            for row, agent in enumerate(requests.agents)
        ]
        return replace(requests, agents=agents)


def _request_lines(columns: Columns) -> Sequence[str]:
    if "request" in columns:
        return cast("Sequence[str]", columns["request"])
    return [
        f"{method} {uri} HTTP/1.1"
        for method, uri in zip(columns["method"], columns["uri"], strict=True)
    ]


def _latencies(columns: Columns) -> Sequence[Value] | None:
    if "latency" in columns or not columns.keys() >= _PARTS:
        return columns.get("latency")
    parts = zip(*(columns[name] for name in sorted(_PARTS)), strict=True)
    # -1, or none at all: not even that part is known, and so not the whole.
    return [
        None if any(str(part)[0] == "-" for part in found) else sum(map(float, found))
        for found in parts
    ]


def _sizes(values: Sequence[Value]) -> list[int] | None:
    """Bytes as numbers; `-` is how Apache writes 0."""
    try:
        return list(map(int, values))  # type: ignore[arg-type]  # None: TypeError
    except (ValueError, TypeError):
        if all(value is None for value in values):
            return None
        return [0 if value is None or value == "-" else int(value) for value in values]


def _given(values: Sequence[Value] | None) -> list[bool] | None:
    if values is None or not set(values).difference(_NOTHING):
        return None
    return [value not in _NOTHING for value in values]


def _status_class(status: Value) -> int:
    text = str(status)
    return int(text[0]) if _STATUS.fullmatch(text) else 0


def _bucket(latency: Value) -> int:
    text = str(latency)
    unit = _LATENCY_UNITS.get(text[-2:])
    try:
        milliseconds = float(text[:-2]) * unit if unit else float(text) * 1000
    except ValueError:
        return NO_LATENCY
    return latency_bucket(milliseconds) if 0 <= milliseconds < math.inf else NO_LATENCY
