"""Values of a log to numbers: a distinct one is looked at once, then looked up."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from ingest.privacy import scrub
from ingest.usage.agents import Agent, classify
from ingest.usage.layout import Value
from ingest.usage.request_keys import OTHER, ROUTE_MASK, ROUTE_SHIFT, STATIC, Route
from ingest.usage.routes import OTHER_ROUTE, Templates, read_request

_CACHED = 200_000
_MAX_VERSIONS = 100
_MOST_ROUTES = 40_000  # with every method there is they still fit into a key
_MOST_NUMBERS = ROUTE_MASK - 1000  # and where they do not, for there are many services
_MOST_SERVICES = 200
_SERVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")


class Lookup:
    """Text -> number by a function, shifted to its place in a key.

    Holds a plain dict, because the garbage collector leaves one of texts and numbers alone, while
    it walks through every entry of a subclass again and again.
    """

    def __init__(self, function: Callable[[Any], int], shift: int = 0) -> None:
        self._function, self._shift = function, shift
        self._known: dict[Value, int] = {}

    def all(self, texts: Sequence[Value]) -> list[int]:
        """The number of each, in order."""
        if len(self._known) > _CACHED:
            self._known.clear()
        found = list(map(self._known.get, texts))
        return [
            self._learned(text) if number is None else number
            for number, text in zip(found, texts, strict=True)
        ]

    def _learned(self, text: Value) -> int:
        number = self._known.get(text)
        if number is None:
            number = self._function(text)
            if number >= 0:
                number <<= self._shift
            self._known[text] = number
        return number


class Routes(Lookup):
    """Request line -> number of its route."""

    def __init__(self, routes: list[Route], limit: int, service: str | None) -> None:
        super().__init__(self._number, ROUTE_SHIFT)
        self._routes, self._templates = routes, Templates(min(limit, _MOST_ROUTES))
        self._service = service
        self._numbers: dict[tuple[str | None, str, str], int] = {}

    def _number(self, request: str) -> int:
        return self._number_of(self._service, request)

    def _number_of(self, service: str | None, request: str) -> int:
        found = read_request(request)
        if found is None:
            return OTHER
        method, template = found
        if template is None:
            return STATIC
        route = service, method, self._templates.admitted(template)
        if len(self._routes) > _MOST_NUMBERS and route not in self._numbers:
            route = None, method, OTHER_ROUTE
        number = self._numbers.get(route)
        if number is None:
            number = self._numbers[route] = len(self._routes)
            self._routes.append(Route(*route))
        return number


class NamedRoutes(Routes):
    """Service and request line -> number of the route, where the log names the services."""

    def __init__(self, routes: list[Route], limit: int) -> None:
        super().__init__(routes, limit, None)
        self._services: dict[str, str | None] = {}

    def all_of(self, services: Sequence[Value], requests: Sequence[str]) -> list[int]:
        """As `all`, of both."""
        pairs = zip(services, requests, strict=True)
        return self.all([f"{service or ''}\n{request}" for service, request in pairs])

    def _number(self, request: str) -> int:
        service, _, request = request.rpartition("\n")  # no request holds one
        return self._number_of(self._named(service), request)

    def _named(self, text: str) -> str | None:
        if text not in self._services and len(self._services) < _MOST_SERVICES:
            self._services[text] = _service_of(text)
        return self._services.get(text)


class Agents(Lookup):
    """User agent -> number of what it says."""

    def __init__(self, agents: list[Agent], synthetic: tuple[str, ...]) -> None:
        super().__init__(self._of_text)
        self._agents, self._synthetic = agents, synthetic
        self._numbers: dict[Agent, int] = {}
        self._versions: set[str | None] = {None}

    def _of_text(self, text: str | None) -> int:
        if text is None:  # not that there was none: the log does not say
            return self.number(Agent())
        agent = classify(text)
        return self.number(
            agent._replace(actor="synthetic") if text.startswith(self._synthetic) else agent
        )

    def number(self, agent: Agent) -> int:
        """The number under which it is counted."""
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
        """The number of the same agent as one of a monitor."""
        return self.number(self._agents[number]._replace(actor="synthetic"))


def _service_of(text: str) -> str | None:
    """The service in `cart`, `cart@docker` (Traefik) or `outbound|80||cart.shop.local` (Istio)."""
    name = text.rpartition("|")[2].partition("@")[0]
    return name if _SERVICE.fullmatch(name) and scrub(name) == name else None
