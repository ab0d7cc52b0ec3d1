"""Spans of any tracing tool to routes: what was asked of which service.

A span says it in one of three ways, looked at in this order: a route as its framework writes it
(`/orders/:id`, `api/Orders/{id:int}`, `^orders/(?P<pk>[0-9]+)/$`), the path that was asked for, its
name. A name that is a method and a path (`GET /orders/{id}`) is read as those; any other (an RPC, a
message, a controller) stays a name, without a method. A route begins with a slash and a name does not:
that is how SQL tells what route patterns map from what aliases map.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from ingest.usage.event_counts import Names
from ingest.usage.request_keys import Route
from ingest.usage.routes import (
    MAX_PATH,
    METHODS,
    OTHER_ROUTE,
    Templates,
    is_static,
    request_parts,
    template_of,
)

_MOST_ROUTES = 40_000
_MOST_SERVICES = 1000
_SERVICE, _NAME = 80, 255
_CACHED = 100_000
_METHOD_AND_PATH = re.compile(rf"(?:HTTP )?({'|'.join(sorted(METHODS))}) (\^?/\S*)")
_PARAMETER = re.compile(
    r":(\w+)(?:\(.*\))?[?*+]?"  # Express, Rails
    r"|\{(\w*)[^{}]*\}"  # Spring, ASP.NET, Go
    r"|<(?:[^<>:]*:)?(\w*)[^<>]*>"  # Flask, Django
    r"|\[{1,2}(?:\.{3})?(\w*)\]{1,2}"  # Next.js
    r"|\(\?P?<(\w+)>.*"  # Django's expressions
)
_WILDCARD = re.compile(r"\*{1,2}\w*|\{\*{1,2}\w*\}|\{\w*:\.[*+]\}")
_SHORT_WORD = re.compile(r"[a-z]{1,12}")
_CATCH_ALL = re.compile(r"(?:/\{[a-z]+\})*/\{rest\}")
_QUERY = re.compile(r"(?<!\()\?(?=[\w.-]*=)|#")
_WORD_ENDS = re.compile(r"([\s/:#]+)")
_IDS = re.compile(
    r"[0-9]+|(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})|(?=[a-fA-F]*[0-9])[0-9a-fA-F]{8,}"
)


class Named(NamedTuple):
    """What a span says of the request it served."""

    service: str | None
    name: str | None
    method: str | None = None
    route: str | None = None
    path: str | None = None
    """The path or address that was asked for, with its query or without."""


class SpanRoutes:
    """The routes of one file, bounded in number as those of a log are."""

    def __init__(self, max_routes: int) -> None:
        limit = min(max_routes, _MOST_ROUTES)
        self._templates = Templates(limit)
        self._names = Names(limit, _NAME)
        self._services = Names(_MOST_SERVICES, _SERVICE)
        self._known: dict[Named, Route | None] = {}

    def of(self, span: Named) -> Route | None:
        """The route of a span; None for a file for the browser."""
        if span not in self._known:
            if len(self._known) >= _CACHED:
                self._known.clear()
            self._known[span] = self._of(span)
        return self._known[span]

    def _of(self, span: Named) -> Route | None:
        service = self.service(span.service)
        method = (span.method or "").strip().upper()
        method = method if method in METHODS else ""
        path = _path_of(span.path)
        if path and is_static(path):
            return None
        template = _template(span.route) if span.route else None
        if path and (template is None or _CATCH_ALL.fullmatch(template)):
            template = template_of(path)
        if template is None and (found := _METHOD_AND_PATH.fullmatch((span.name or "").strip())):
            if is_static(found[2].partition("?")[0]):
                return None
            method, template = method or found[1], _template(found[2])
        if template is None:
            return Route(service, method or None, self._name(span.name))
        return Route(service, method or None, self._templates.admitted(template))

    def service(self, name: str | None) -> str | None:
        """A service's name as it may be stored."""
        text = " ".join((name or "").split())
        return self._services.of(text) if text else None

    def _name(self, name: str | None) -> str:
        text = " ".join((name or "").partition("?")[0].split()).lstrip("/")
        if not text:
            return OTHER_ROUTE
        return self._names.of(without_ids(text))


def without_ids(name: str) -> str:
    """A span's name with a placeholder for each word that is an id: `order 4711` is `order {id}`."""
    return "".join(
        "{id}" if _IDS.fullmatch(part) else part for part in _WORD_ENDS.split(name[:MAX_PATH])
    )


def _path_of(text: str | None) -> str | None:
    if not text:
        return None
    target = text.strip().replace(" ", "%20")
    found = request_parts(f"GET {target} HTTP/1.1")
    return found[1] if found else None


def _template(route: str) -> str:
    """A framework's route as a template; parameters keep their names where they are short words."""
    text = route.strip()[:MAX_PATH]
    if found := _METHOD_AND_PATH.fullmatch(text):  # what Go's mux calls a pattern
        text = found[2]
    text = text.removesuffix("(.:format)").removeprefix("^").removesuffix("$")
    text = _QUERY.split(text, maxsplit=1)[0]
    return template_of("/" + "/".join(_segments(text.lstrip("/").split("/"))))


def _segments(parts: Iterable[str]) -> Iterable[str]:
    for part in parts:
        if _WILDCARD.fullmatch(part):
            yield "{rest}"
        elif found := _PARAMETER.fullmatch(part):
            name = next((group for group in found.groups() if group), "").lower()
            yield f"{{{name}}}" if _SHORT_WORD.fullmatch(name) else "{value}"
        else:
            yield part
