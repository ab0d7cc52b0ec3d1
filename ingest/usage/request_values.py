"""Texts of a log line to what is counted. A distinct text is looked at once, then looked up."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from ingest.files.stamps import parse_stamp
from ingest.usage.agents import Agent, classify
from ingest.usage.request_counts import RequestCounts
from ingest.usage.request_keys import (
    MINUTE_SHIFT,
    NO_LATENCY,
    OTHER,
    ROUTE_SHIFT,
    STATIC,
    STATUS_SHIFT,
    Requests,
    latency_bucket,
)
from ingest.usage.routes import Templates, alike, read_request

BAD = -3
"""Instead of a minute: the stamp cannot be, and the line is to be rejected."""

_CACHED = 200_000
_MAX_VERSIONS = 100
_MOST_ROUTES = 40_000  # with every method there is they still fit into a key

_CLF_STAMP = re.compile(
    r"([0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}):([0-5][0-9]):[0-5][0-9] ([+-][0-9]{4})"
)
_OTHER_STAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}(?:Z|[+-][0-9]{2}:?[0-9]{2})|[0-9]{9,11}\.[0-9]{3}"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_YEARS = range(1995, 2100)


def minute_of(stamp: str) -> int:
    """Minute of the epoch (UTC) of a log's stamp, or BAD."""
    found = _CLF_STAMP.fullmatch(stamp)
    if found is None:
        when = parse_stamp(stamp) if _OTHER_STAMP.fullmatch(stamp) else None
        return int(when.timestamp()) // 60 if when and when.tzinfo and when.year in _YEARS else BAD
    start = _hour_of(found[1], found[3])
    return start + int(found[2]) if start != BAD else BAD


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


def _status_class(status: str) -> int:
    return int(status[0]) if status[0] in "12345" else 0


def _bucket(seconds: str) -> int:
    return NO_LATENCY if seconds == "-" else latency_bucket(float(seconds) * 1000)


class _Lookup:
    """Text -> number by a function, shifted to its place in a key.

    Holds a plain dict, because the garbage collector leaves one of texts and numbers alone, while
    it walks through every entry of a subclass again and again.
    """

    def __init__(self, function: Callable[[str], int], shift: int = 0) -> None:
        self._function, self._shift = function, shift
        self._known: dict[str, int] = {}

    def all(self, texts: Sequence[str]) -> list[int]:
        if len(self._known) > _CACHED:
            self._known.clear()
        found = list(map(self._known.get, texts))
        return [
            self._learned(text) if number is None else number
            for number, text in zip(found, texts, strict=True)
        ]

    def _learned(self, text: str) -> int:
        number = self._known.get(text)
        if number is None:
            number = self._function(text)
            if number >= 0:
                number <<= self._shift
            self._known[text] = number
        return number


class _Routes(_Lookup):
    """Request line -> number of its route."""

    def __init__(self, routes: list[tuple[str, str]], limit: int) -> None:
        super().__init__(self._number, ROUTE_SHIFT)
        self._routes, self._templates = routes, Templates(min(limit, _MOST_ROUTES))
        self._numbers: dict[tuple[str, str], int] = {}

    def _number(self, request: str) -> int:
        found = read_request(request)
        if found is None:
            return OTHER
        method, template = found
        if template is None:
            return STATIC
        route = (method, self._templates.admitted(template))
        number = self._numbers.get(route)
        if number is None:
            number = self._numbers[route] = len(self._routes)
            self._routes.append(route)
        return number


class _Agents(_Lookup):
    """User agent -> number of what it says."""

    def __init__(self, agents: list[Agent], synthetic: tuple[str, ...]) -> None:
        super().__init__(self._of_text)
        self._agents, self._synthetic = agents, synthetic
        self._numbers: dict[Agent, int] = {}
        self._versions: set[str | None] = {None}

    def _of_text(self, text: str) -> int:
        agent = classify(text)
        return self.number(
            agent._replace(actor="synthetic") if text.startswith(self._synthetic) else agent
        )

    def number(self, agent: Agent) -> int:
        if agent.version not in self._versions:
            if len(self._versions) > _MAX_VERSIONS:  # made-up ones, each of which would make rows
                agent = agent._replace(version=None)
            self._versions.add(agent.version)
        number = self._numbers.get(agent)
        if number is None:
            number = self._numbers[agent] = len(self._agents)
            self._agents.append(agent)
        return number

    def as_synthetic(self, number: int) -> int:
        return self.number(self._agents[number]._replace(actor="synthetic"))


class RequestValues:
    """Columns of texts to columns of numbers, for one file."""

    def __init__(
        self,
        counts: RequestCounts,
        *,
        max_routes: int,
        synthetic_agents: Collection[str],
        synthetic_accounts: Collection[str],
    ) -> None:
        self._minutes = _Lookup(minute_of, MINUTE_SHIFT)
        self._statuses = _Lookup(_status_class, STATUS_SHIFT)
        self._latencies = _Lookup(_bucket)
        self._routes = _Routes(counts.routes, max_routes)
        self._agents = _Agents(counts.agents, tuple(synthetic_agents))
        self._accounts = frozenset(synthetic_accounts)
        self._unnamed = self._agents.number(Agent())

    def read(self, columns: Mapping[str, Sequence[str]]) -> Requests | None:
        """The values of some lines; None if a stamp among them cannot be (31/Feb)."""
        minutes = self._minutes.all(columns["stamp"])
        if BAD in minutes:
            return None
        requests = Requests(
            minutes=minutes,
            routes=self._routes.all(alike(_request_lines(columns))),
            agents=self._agents.all(columns["agent"])
            if "agent" in columns
            else [self._unnamed] * len(minutes),
            statuses=self._statuses.all(columns["status"]) if "status" in columns else None,
            sizes=_sizes(columns["bytes"]) if "bytes" in columns else None,
            latencies=self._latencies.all(columns["latency"]) if "latency" in columns else None,
            users=_given(columns.get("user")),
            tenants=_given(columns.get("tenant")),
        )
        return self._marked(requests, columns)

    def _marked(self, requests: Requests, columns: Mapping[str, Sequence[str]]) -> Requests:
        """With the agents of synthetic accounts and of marked requests as synthetic ones."""
        marks = set[int]()
        if self._accounts and not self._accounts.isdisjoint(columns.get("user", ())):
            marks.update(row for row, user in enumerate(columns["user"]) if user in self._accounts)
        if "synthetic" in columns:
            marks.update(
                row
                for row, value in enumerate(columns["synthetic"])
                if value.lower() in ("true", "1", "yes")
            )
        if not marks:
            return requests
        agents = [
            self._agents.as_synthetic(agent) if row in marks else agent
            for row, agent in enumerate(requests.agents)
        ]
        return replace(requests, agents=agents)


def _request_lines(columns: Mapping[str, Sequence[str]]) -> Sequence[str]:
    if "request" in columns:
        return columns["request"]
    return [
        f"{method} {uri} HTTP/1.1"
        for method, uri in zip(columns["method"], columns["uri"], strict=True)
    ]


def _sizes(texts: Sequence[str]) -> list[int]:
    """Bytes as numbers; `-` is how Apache writes 0."""
    try:
        return list(map(int, texts))
    except ValueError:
        return [0 if text == "-" else int(text) for text in texts]


def _given(values: Sequence[str] | None) -> list[bool] | None:
    if values is None or not set(values) - {"-", ""}:
        return None
    return [value not in ("-", "") for value in values]
