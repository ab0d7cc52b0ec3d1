"""nginx access logs of a day, one file per service; every line is counted by class when written."""

from datetime import date
from random import Random

import msgspec

from gapsight.demo.operations import Incident, flows_of_component
from gapsight.demo.planted import planted
from gapsight.demo.requests import agents, filler
from gapsight.demo.rhythm import ZONE, LocalDay, daily_count, minute_weights, volume
from gapsight.demo.world import Flow, world

SERVICES = ("shop-web", "partner-api", "backoffice")
PARTNER_FORMAT = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" '
    '"$http_user_agent" $request_time "$http_x_tenant_id" "$http_x_synthetic_request"'
)
"""log_format of the partner API; the other services use combined and the request time."""

_STATIC_SHARE, _QUERY_SHARE, _OUTAGE_SHARE, _IPV6_SHARE = 0.42, 0.12, 0.35, 0.1
_LEAKY_QUERIES, _LEAKY_PATHS, _BOTS, _GARBAGE, _MALFORMED = 4, 2, 250, 12, 3
_GARBAGE_ELSEWHERE, _MALFORMED_ELSEWHERE = 2, 0.4
_PROBE_EVERY = {"shop-web": 300, "partner-api": 1200, "backoffice": 900}
_PROBES = {
    "shop-web": ("GET /login", "GET /search", "GET /cart", "GET /checkout"),
    "partner-api": ("GET /v1/catalogue",),
    "backoffice": ("GET /bo/orders",),
}
_CRAWLED = ("GET /product/{id}", "GET /search", "GET /category/{slug}", "GET /blog/summer-looks")
_STATUS = {"200": 920, "201": 30, "302": 22, "404": 18, "500": 6, "429": 4}
_DAY = 86400
_TIMES = tuple(f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(_DAY))


class Counts(msgspec.Struct):
    """How many lines of each class a file holds."""

    lines: int = 0
    user: int = 0
    static: int = 0
    synthetic: int = 0
    bot: int = 0
    dropped: int = 0
    other: int = 0
    duplicate: int = 0
    rejected: int = 0


class LogFile(msgspec.Struct):
    """A written log: its text, its line classes, and user lines by flow and by unmapped route."""

    text: str
    counts: Counts
    flows: dict[str, int]
    unmapped: dict[str, int]


def log_file(service: str, day: date, *, seed: int, incidents: tuple[Incident, ...]) -> LogFile:
    """Write the log of a service for a day of the reporting zone."""
    return _Day(service, day, seed=seed, incidents=incidents).written()


class _Day:
    """Draws the lines of one service and day."""

    def __init__(
        self, service: str, day: date, *, seed: int, incidents: tuple[Incident, ...]
    ) -> None:
        self.service, self.clock = service, LocalDay(day)
        self.rng = Random(f"{seed}/log/{service}/{day}")
        product = "backoffice" if service == "backoffice" else "shop"
        self.product = next(found for found in world().product if found.name == product)
        self.volume = volume(self.product, day)
        self.outages = _outages(incidents, day)
        self.date = f"{day:%d/%b/%Y}"
        self.file = LogFile(text="", counts=Counts(), flows={}, unmapped={})
        self.lines: list[tuple[int, str]] = []

    def written(self) -> LogFile:
        """Return the whole file, in the order of time."""
        for flow in world().flow:
            if world().service_of(flow) == self.service:
                self._flow(flow)
        self._probes()
        if self.service == "shop-web":
            self._unmapped()
            self._bots()
            self._leaks()
        if self.service != "partner-api":
            self._static()
        self._noise()
        self.lines.sort()
        self.file.counts.lines = len(self.lines)
        self.file.text = "".join(line for _, line in self.lines)
        return self.file

    def _flow(self, flow: Flow) -> None:
        mean = flow.usage.requests * self.volume
        if count := daily_count(self.rng, mean) if mean else 0:
            self._requests(
                flow.routes, count, mix=flow.usage.mix, outage=self.outages.get(flow.name)
            )
            self.file.flows[flow.name] = count

    def _requests(
        self,
        routes: tuple[str, ...],
        count: int,
        *,
        mix: str,
        outage: tuple[int, int] | None = None,
    ) -> None:
        rng = self.rng
        senders, weights = agents(mix)
        columns = (
            rng.choices([filler(route) for route in routes], k=count),
            rng.choices(senders, cum_weights=weights, k=count),
            rng.choices(tuple(_STATUS), tuple(_STATUS.values()), k=count),
            self._users(count),
            self._seconds(count),
        )
        begin, end = outage or (_DAY, _DAY)
        for fill, agent, status, user, second in zip(*columns, strict=True):
            down = begin <= second < end and rng.random() < _OUTAGE_SHARE
            request = fill(rng) + ("?page=2&sort=price" if rng.random() < _QUERY_SHARE else "")
            self._line(second, request, agent=agent, user=user, status="503" if down else status)
        self.file.counts.user += count

    def _line(
        self, second: int, request: str, *, agent: str, user: str = "-", status: str = "200"
    ) -> None:
        rng = self.rng
        wall, offset = self.clock.wall(second)
        number = rng.random()
        address = (
            f"2001:db8::{int(number * 65535):x}"
            if number < _IPV6_SHARE
            else f"203.0.113.{int(number * 254) + 1}"
        )
        seconds = rng.expovariate(9.0) * (8 if status == "503" else 1) + 0.004
        extra = ""
        if self.service == "partner-api":
            synthetic = agent == world().crowd.monitor
            extra = f' "{"-" if synthetic else user}" "{"true" if synthetic else "-"}"'
        line = (
            f"{address} - {user} [{self.date}:{_TIMES[wall]} {offset}] "
            f'"{request} HTTP/1.1" {status} {int(number * 30000) + 200} "-" "{agent}" '
            f"{seconds:.3f}{extra}\n"
        )
        self.lines.append((wall, line))

    def _users(self, count: int) -> list[str]:
        rng, product = self.rng, self.product
        if self.service == "partner-api":
            return rng.choices(world().crowd.tenants, k=count)
        return [
            "-"
            if rng.random() < product.anonymous
            else f"{product.accounts}{int(rng.random() * product.account_count):05d}"
            for _ in range(count)
        ]

    def _seconds(self, count: int) -> list[int]:
        rng = self.rng
        minutes = rng.choices(range(1440), cum_weights=minute_weights(), k=count)
        return [minute * 60 + int(rng.random() * 60) for minute in minutes]

    def _unmapped(self) -> None:
        for route, mean in world().unmapped.routes.items():
            count = daily_count(self.rng, mean * self.volume)
            self._requests((route,), count, mix="balanced")
            self.file.unmapped[route] = count

    def _leaks(self) -> None:
        """Add users' requests that carry somebody's data, in the query or in the path itself."""
        rng, secrets, flows = self.rng, planted().secrets, self.file.flows
        browser = agents("balanced")[0][0]
        for second in self._seconds(_LEAKY_QUERIES):
            self._line(second, f"GET /account?{rng.choice(secrets.queries)}", agent=browser)
        for second in self._seconds(_LEAKY_PATHS):
            self._line(second, f"GET {rng.choice(secrets.paths)}", agent=browser)
        self.file.counts.user += _LEAKY_QUERIES + _LEAKY_PATHS
        flows["profile_update"] = flows.get("profile_update", 0) + _LEAKY_QUERIES

    def _probes(self) -> None:
        """Add the probes: half say so in their agent, half come from the configured account."""
        crowd, routes = world().crowd, _PROBES[self.service]
        browser = agents("balanced")[0][0]
        every = _PROBE_EVERY[self.service]
        for number, second in enumerate(range(every // 2, _DAY, every)):
            by_agent = number % 2 == 0 or self.service == "partner-api"
            agent = crowd.monitor if by_agent else browser
            user = "-" if by_agent else crowd.synthetic_account
            self._line(second, routes[number % len(routes)], agent=agent, user=user)
            self.file.counts.synthetic += 1

    def _bots(self) -> None:
        count = daily_count(self.rng, _BOTS)
        for second in self._seconds(count):
            request = filler(self.rng.choice(_CRAWLED))(self.rng)
            self._line(second, request, agent=self.rng.choice(world().crowd.bots))
        self.file.counts.bot += count

    def _static(self) -> None:
        count = int(self.file.counts.user * _STATIC_SHARE)
        senders, weights = agents("office" if self.service == "backoffice" else "balanced")
        drawn = self.rng.choices(senders, cum_weights=weights, k=count)
        for second, agent in zip(self._seconds(count), drawn, strict=True):
            path, status = self.rng.choice(world().crowd.static), self.rng.choice(("200", "304"))
            self._line(second, f"GET {path}", agent=agent, status=status)
        self.file.counts.static += count

    def _noise(self) -> None:
        """Add scanners that speak no HTTP, and lines that were cut off."""
        busy = self.service == "shop-web"
        garbage = daily_count(self.rng, _GARBAGE if busy else _GARBAGE_ELSEWHERE)
        rest = ' 0.000 "-" "-"' if self.service == "partner-api" else " 0.000"
        for second in self._seconds(garbage):
            wall, offset = self.clock.wall(second)
            what = self.rng.choice(world().crowd.garbage)
            stamp = f"{self.date}:{_TIMES[wall]} {offset}"
            line = f'203.0.113.9 - - [{stamp}] "{what}" 400 0 "-" "-"{rest}\n'
            self.lines.append((wall, line))
        malformed = daily_count(self.rng, _MALFORMED if busy else _MALFORMED_ELSEWHERE)
        for second in self._seconds(malformed):
            wall, _ = self.clock.wall(second)
            self.lines.append((wall, f"203.0.113.77 - - [{self.date}:{_TIMES[wall][:5]}\n"))
        self.file.counts.other += garbage
        self.file.counts.rejected += malformed


def _outages(incidents: tuple[Incident, ...], day: date) -> dict[str, tuple[int, int]]:
    """Find the seconds of the day during which a flow fails."""
    found: dict[str, tuple[int, int]] = {}
    for incident in incidents:
        start = incident.started.astimezone(ZONE)
        if start.date() == day:
            begin = start.hour * 3600 + start.minute * 60
            end = begin + int((incident.resolved - incident.started).total_seconds())
            found |= dict.fromkeys(flows_of_component(incident.component), (begin, end))
    return found
