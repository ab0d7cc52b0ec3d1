"""Spans of one file to counts: what is use, by whom, and by minute as access logs are counted."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ingest.source import Context, Item, Tally
from ingest.usage.otlp_spans import Attributes, Span, nanos
from ingest.usage.request_counts import RequestCounts
from ingest.usage.request_keys import (
    MINUTE_SHIFT,
    NO_LATENCY,
    ROUTE_MASK,
    ROUTE_SHIFT,
    STATIC,
    STATUS_SHIFT,
    Requests,
    Route,
    latency_bucket,
)
from ingest.usage.request_lookups import Agents
from ingest.usage.routes import OTHER_ROUTE
from ingest.usage.span_entries import CONSUMER, SERVER, Entries, Row
from ingest.usage.span_routes import Named, SpanRoutes

_AT_ONCE = 20_000
_MOST_ROUTES = ROUTE_MASK - 1000
_CACHED = 100_000
_MINUTE = 60 * 10**9
_YES = ("true", "1", "yes")


class Rules(NamedTuple):
    """What settings say of a file's spans."""

    max_routes: int
    environments: frozenset[str]
    """Lower case; none: all of them count."""
    synthetic_agents: tuple[str, ...]
    synthetic_accounts: frozenset[str]


class Origin(NamedTuple):
    """Whose span it is, as its resource says."""

    service: str | None = None
    version: str | None = None
    environment: str | None = None


class SpanCounts:
    """Counts of one file."""

    def __init__(self, context: Context, rules: Rules, attributes: Attributes) -> None:
        self._rules, self._attributes = rules, attributes
        self._counts = RequestCounts(context, kind="span")
        self._entries = Entries()
        self._routes = SpanRoutes(rules.max_routes)
        self._numbers: dict[Route, int] = {}
        self._agents = Agents(self._counts.agents, rules.synthetic_agents)
        self._senders: dict[tuple[str | None, str | None, str | None], int] = {}
        self._other = 0
        self.uses = 0
        """Entries counted so far."""
        self.unnamed_environments = 0
        """Spans left out because nobody says of which environment they are."""

    def add(self, span: Span, origin: Origin) -> bool:
        """Count a span; False if it is a use at no possible time.

        msgspec.DecodeError for a use whose attributes are none.
        """
        kind = span.kind_number
        code = self._entries.note(span.ids, origin.service or "", kind)
        if code is None:
            return True
        if kind not in (SERVER, CONSUMER) or not self._is_wanted(origin):
            self._other += 1
            return True
        start = nanos(span.start_time_unix_nano)
        if start is None:
            return False
        said = self._attributes.decode(span.attributes)
        self._entries.consider(span.ids, code, self._row(start, span, origin=origin, said=said))
        return True

    def finished(self) -> Iterator[Item]:
        """Rows of minutes that lie behind, once many spans are held."""
        if self._entries.ready() >= _AT_ONCE:
            self._count(self._entries.taken())
            yield from self._counts.finished()

    def rest(self) -> Iterator[Item]:
        """All rows not yet handed out, and the tally of everything added."""
        self._count(self._entries.taken())
        self._count(list(self._entries.rest()))
        yield from self._counts.rest()
        yield Tally(
            other=self._other + self._entries.inner,
            duplicate=self._entries.duplicates,
        )

    def _is_wanted(self, origin: Origin) -> bool:
        if not self._rules.environments:
            return True
        self.unnamed_environments += origin.environment is None
        return (origin.environment or "").lower() in self._rules.environments

    def _row(self, start: int, span: Span, *, origin: Origin, said: Mapping[str, str]) -> Row:
        is_named = "named_by" in said
        route = self._routes.of(
            Named(
                origin.service,
                span.name,
                None if is_named else said.get("method"),
                None if is_named else said.get("route"),
                None if is_named else said.get("path"),
            )
        )
        end = nanos(span.end_time_unix_nano)
        return (
            start // _MINUTE << MINUTE_SHIFT,
            STATIC if route is None else self._number(route) << ROUTE_SHIFT,
            self._agent(origin.version, said),
            _status_class(said.get("status")) << STATUS_SHIFT,
            NO_LATENCY if end is None or end < start else latency_bucket((end - start) / 10**6),
            "user" in said,
            "tenant" in said,
        )

    def _number(self, route: Route) -> int:
        if len(self._numbers) >= _MOST_ROUTES and route not in self._numbers:
            route = Route(None, route.method, OTHER_ROUTE)
        number = self._numbers.get(route)
        if number is None:
            number = self._numbers[route] = len(self._counts.routes)
            self._counts.routes.append(route)
        return number

    def _agent(self, version: str | None, said: Mapping[str, str]) -> int:
        agent, actor = said.get("agent"), self._marked(said)
        found = self._senders.get((agent, version, actor))
        if found is None:
            if len(self._senders) >= _CACHED:
                self._senders.clear()
            sender = self._counts.agents[self._agents.all([agent])[0]]
            if version:
                sender = sender._replace(version=version)
            if actor:
                sender = sender._replace(actor=actor)
            found = self._senders[agent, version, actor] = self._agents.number(sender)
        return found

    def _marked(self, said: Mapping[str, str]) -> str | None:
        """The actor that a span itself names."""
        is_marked = said.get("synthetic", "").lower() in _YES
        if is_marked or said.get("synthetic_type") == "test":
            return "synthetic"
        if said.get("user") in self._rules.synthetic_accounts:
            return "synthetic"
        return "bot" if said.get("synthetic_type") == "bot" else None

    def _count(self, rows: Iterable[Row]) -> None:
        columns = list(map(list, zip(*rows, strict=True)))
        if columns:
            self.uses += len(columns[0])
            minutes, routes, agents, statuses, latencies, users, tenants = columns
            self._counts.add(
                Requests(
                    minutes,
                    routes,
                    agents,
                    statuses,
                    latencies=latencies,
                    users=list(map(bool, users)),
                    tenants=list(map(bool, tenants)),
                )
            )


def _status_class(status: str | None) -> int:
    is_status = status is not None and len(status) == 3 and status.isdigit() and status.isascii()
    return int(status[0]) if status and is_status and "1" <= status[0] <= "5" else 0
