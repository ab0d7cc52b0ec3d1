"""Route templates to flows: grouped by the first segment that is a name, most requests first."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from gapsight.onboarding.facts import Facts, Route
from gapsight.onboarding.words import flow_name, word_set, words
from ingest.usage.routes import OTHER_ROUTE

MIN_SHARE = 0.001
"""A group with less of all requests is left to people."""
MAX_FLOWS = 60
_CONTAINER, _MOUNT, _BIG_CHILD = 0.5, 0.8, 0.05
_REFUSED = 0.9
_NAMELESS_SHARE = 0.05
_EXACT, _NAMES_BELOW, _DEEPEST = 6, 2, 6

# Segments before the name: mount points, versions of an API, languages, mobile twins of a page.
_MOUNTS = word_set("api rest rpc ajax app web www m mobile amp public internal index")
_VERSION = re.compile(r"v[0-9]{1,3}(?:\.[0-9]{1,3}){0,2}")
_LANGUAGES = word_set(
    "ar bg cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv nb nl no pl pt ro ru sk sl"
    " sr sv th tr uk vi zh"
)
_LOCALE = re.compile(r"([a-z]{2})(?:[-_][A-Za-z]{2,4})?")
_PROBES = word_set(
    "health healthz healthcheck health-check livez live readyz ready ping metrics"
    " nginx_status server-status actuator"
)
_HOME, _PAGE = "home", "page"

_Prefix = tuple[str, ...]


@dataclass
class Group:
    """Routes that make up one flow."""

    name: str
    routes: Counter[Route] = field(default_factory=Counter)
    prefixes: dict[_Prefix, set[Route]] = field(default_factory=dict)
    """The segments up to the one that gave the name, and the routes below them."""
    names: Counter[str] = field(default_factory=Counter)
    """Spellings of the name, such as product and products."""

    @property
    def volume(self) -> int:
        """Requests of all its routes."""
        return self.routes.total()

    def rename(self) -> None:
        """Take the spelling that is requested most."""
        self.name = min(self.names, key=lambda name: (-self.names[name], name))

    def patterns(self) -> Iterator[tuple[str, str]]:
        """Service and pattern of the rows that map these routes, the most requested first."""
        found: Counter[tuple[str, str]] = Counter()
        for prefix, routes in self.prefixes.items():
            for service in sorted({route.service for route in routes}):
                own = [route for route in routes if route.service == service]
                for route, pattern in _pattern_of(prefix, own):
                    found[service, pattern] += self.routes[route]
        yield from (key for key, _ in sorted(found.items(), key=lambda item: (-item[1], item[0])))


@dataclass(frozen=True)
class LeftOut:
    """Something that the draft does not map, and why."""

    kind: str
    name: str
    volume: int
    reason: str


def _pattern_of(prefix: _Prefix, routes: list[Route]) -> Iterator[tuple[Route, str]]:
    """Each route with the pattern for it: its own while there are few, else one for all below."""
    exact = {route: _as_pattern(route.template, prefix) for route in routes}
    # Three pages below a name are a beginning: tomorrow's log has others.
    names = {_segments(p)[len(prefix)] for p in exact.values() if len(_segments(p)) > len(prefix)}
    is_open = prefix and (
        len(set(exact.values())) > _EXACT
        or len(names - {"{id}"}) > _NAMES_BELOW
        or max(pattern.count("/") for pattern in exact.values()) > _DEEPEST
    )
    below = "/" + "/".join(map(_placeholder, prefix)) + "/**"
    for route, pattern in exact.items():
        yield route, below if is_open else pattern


def _as_pattern(template: str, prefix: _Prefix) -> str:
    if not prefix and template.count("/") == 1 and template != "/":
        return "/{id}"  # any page without a name of its own
    return "/".join(map(_placeholder, template.split("/")))


def _placeholder(segment: str) -> str:
    return "{id}" if segment.startswith("{") else segment


def group_routes(facts: Facts) -> tuple[list[Group], list[LeftOut]]:
    """The flows that the requests suggest, most requests first, and what is in none of them."""
    kept, left = _without_noise(facts)
    total = facts.requests.total()
    groups: dict[str, Group] = {}
    rest = Group(_PAGE)
    for service in sorted({route.service for route in kept}):
        own = Counter({route: n for route, n in kept.items() if route.service == service})
        tree = _Tree(own)
        for route, count in own.items():
            name, prefix = tree.name(route)
            group = groups.setdefault("_".join(words(name)), Group(name)) if name else rest
            group.routes[route] += count
            group.prefixes.setdefault(prefix, set()).add(route)
            group.names[name] += count
    for group in groups.values():
        group.rename()
    named = sorted(groups.values(), key=lambda group: (-group.volume, group.name))
    large, small = _parted(named, total)
    for group in small:
        if all(route.template.count("/") == 1 for route in group.routes):
            rest.routes += group.routes
            rest.prefixes.setdefault((), set()).update(group.routes)
        else:
            few = group.volume < MIN_SHARE * total
            why = f"under {MIN_SHARE:.1%} of the requests" if few else f"beyond {MAX_FLOWS} flows"
            left.append(_left(group, why))
    if rest.volume >= _NAMELESS_SHARE * total > 0:
        large = _with_pages(large, rest)
    elif rest.volume:
        left.append(_left(rest, "single pages, or paths without a word in them, of few requests"))
    return large, sorted(left, key=lambda item: (-item.volume, item.name))


def _parted(groups: list[Group], total: int) -> tuple[list[Group], list[Group]]:
    large = [group for group in groups if group.volume >= MIN_SHARE * total][:MAX_FLOWS]
    return large, [group for group in groups if group not in large]


def _with_pages(groups: list[Group], rest: Group) -> list[Group]:
    """Pages without a name of their own as one flow: too much hangs on them to leave it out."""
    for group in groups:
        if group.name == rest.name:
            group.routes += rest.routes
            for prefix, routes in rest.prefixes.items():
                group.prefixes.setdefault(prefix, set()).update(routes)
            return sorted(groups, key=lambda group: (-group.volume, group.name))
    return sorted([*groups, rest], key=lambda group: (-group.volume, group.name))


def _left(group: Group, reason: str) -> LeftOut:
    return LeftOut("route", most_requested(group.routes), group.volume, reason)


def most_requested(routes: Counter[Route], number: int = 3) -> str:
    """The busiest routes in words."""
    named: Counter[str] = Counter()
    for route, count in routes.items():
        named[f"{route.method} {route.template}"] += count
    return ", ".join(f"{name} ({count:,})" for name, count in named.most_common(number))


def _without_noise(facts: Facts) -> tuple[Counter[Route], list[LeftOut]]:
    kept: Counter[Route] = Counter()
    noise: dict[str, Counter[Route]] = {}
    for route, count in facts.requests.items():
        if reason := _noise(route, count, facts.refused[route]):
            noise.setdefault(reason, Counter())[route] = count
        else:
            kept[route] = count
    left = [
        LeftOut("route", most_requested(routes), routes.total(), reason)
        for reason, routes in noise.items()
    ]
    return kept, left


def _noise(route: Route, count: int, refused: int) -> str | None:
    if route.template == OTHER_ROUTE:
        return "beyond max_routes of the file; raise [sources.access_log] max_routes"
    if any(part.lower() in _PROBES for part in route.template.split("/")):
        return "health checks and metrics, by their names"
    if refused >= _REFUSED * count:
        return f"{_REFUSED:.0%} or more answered with 4xx: scanners and dead links, mostly"
    return None


class _Tree:
    """How the paths of one service branch: which segments only hold others."""

    def __init__(self, routes: Counter[Route]) -> None:
        self._total = routes.total()
        self._children: dict[_Prefix, set[str]] = {}
        """Of a prefix that holds several flows: the children that are flows of their own."""
        self._mounts: set[_Prefix] = set()
        for _ in range(3):
            volumes: Counter[_Prefix] = Counter()
            below: dict[_Prefix, Counter[str]] = {}
            for route, count in routes.items():
                _, prefix = self.name(route)
                volumes[prefix] += count
                rest = _segments(route.template)[len(prefix) :]
                if prefix and rest and not rest[0].startswith("{"):
                    below.setdefault(prefix, Counter())[rest[0]] += count
            if not self._split(volumes, below):
                break

    def _split(self, volumes: Counter[_Prefix], below: dict[_Prefix, Counter[str]]) -> bool:
        """Open the prefixes that hold most requests and branch; False if there are none."""
        found = False
        for prefix, children in below.items():
            share = volumes[prefix] / self._total
            big = {child for child, n in children.items() if n >= _BIG_CHILD * self._total}
            if share > _CONTAINER and len(big) > 1 and prefix not in self._children:
                if share >= _MOUNT and len(prefix) == 1 and len(children) <= MAX_FLOWS // 2:
                    self._mounts.add(prefix)
                    big = set(children)
                self._children[prefix] = big
                found = True
        return found

    def name(self, route: Route) -> tuple[str, _Prefix]:
        """The name a route's path gives, and the segments that it stands for; may be empty."""
        segments = _segments(route.template)
        label: list[str] = []
        for place, segment in enumerate(segments):
            prefix = segments[: place + 1]
            own = flow_name(segment)
            if segment.startswith("{") or _is_passed(segment) or not own:
                continue
            children = self._children.get(prefix, ())
            following = segments[place + 1] if place + 1 < len(segments) else ""
            if following in children:
                label += [] if prefix in self._mounts else [own]
                continue
            return flow_name("_".join([*label, own])), prefix
        is_home = not any(segment.startswith("{") for segment in segments)
        return (_HOME, segments) if is_home else ("", ())


def _segments(template: str) -> _Prefix:
    return tuple(part for part in template.split("/") if part)


def _is_passed(segment: str) -> bool:
    """Tell a segment that stands before the name from the name."""
    plain = segment.partition(".")[0].lower()
    locale = _LOCALE.fullmatch(segment)
    is_locale = locale is not None and locale[1] in _LANGUAGES
    return plain in _MOUNTS or is_locale or _VERSION.fullmatch(plain) is not None
