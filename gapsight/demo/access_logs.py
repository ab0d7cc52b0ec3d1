"""nginx access logs of one day, one file per service, with a count of every line class as it is written."""

from collections.abc import Callable
from datetime import date
from functools import cache
from itertools import accumulate
from random import Random

import msgspec

from gapsight.demo.operations import Incident, flows_of_component
from gapsight.demo.planted import planted
from gapsight.demo.rhythm import ZONE, LocalDay, daily_count, minute_weights, volume
from gapsight.demo.world import Flow, world

SERVICES = ("shop-web", "partner-api", "backoffice")
PARTNER_FORMAT = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" '
    '"$http_user_agent" $request_time "$http_x_tenant_id" "$http_x_synthetic_request"'
)
"""log_format of the partner API; the other services use combined with the request time behind it."""

_STATIC_SHARE, _QUERY_SHARE, _SECRETS_A_DAY, _LEAKY_PATHS_A_DAY = 0.42, 0.12, 4, 2
_BOTS_A_DAY, _GARBAGE_A_DAY, _MALFORMED_A_DAY = 250, 12, 3
_PROBE_EVERY = {"shop-web": 300, "partner-api": 1200, "backoffice": 900}
_PROBES = {
    "shop-web": ("GET /login", "GET /search", "GET /cart", "GET /checkout"),
    "partner-api": ("GET /v1/catalogue",),
    "backoffice": ("GET /bo/orders",),
}
_STATUS = (("200", 920), ("201", 30), ("302", 22), ("404", 18), ("500", 6), ("429", 4))
_TIMES = tuple(f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(86400))
_SECONDS_OF_DAY = 86400
_OUTAGE_SHARE = 0.35

Line = tuple[int, str]
Fill = Callable[[Random], str]


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
    """The log of a service for a day of the reporting zone."""
    return _Day(service, day, seed=seed, incidents=incidents).written()


class _Day:
    """Draws the lines of one service and day."""

    def __init__(self, service: str, day: date, *, seed: int, incidents: tuple[Incident, ...]) -> None:
        self.service, self.clock = service, LocalDay(day)
        self.rng = Random(f"{seed}/log/{service}/{day}")
        self.product = next(p for p in world().product if p.name == ("backoffice" if service == "backoffice" else "shop"))
        self.volume = volume(self.product, day)
        self.outages = _outages(incidents, day)
        self.date = f"{day:%d/%b/%Y}"
        self.file = LogFile(text="", counts=Counts(), flows={}, unmapped={})
        self.lines: list[Line] = []

    def written(self) -> LogFile:
        """The whole file, in the order of time."""
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
        count = daily_count(self.rng, flow.usage.requests * self.volume) if flow.usage.requests else 0
        self._requests(flow.routes, count, mix=flow.usage.mix, flow=flow.name)
        if count:
            self.file.flows[flow.name] = count

    def _requests(self, routes: tuple[str, ...], count: int, *, mix: str, flow: str = "") -> None:
        rng = self.rng
        agents, weights = _agents(mix)
        chosen = rng.choices([_filler(route) for route in routes], k=count)
        users = self._users(count)
        outage = self.outages.get(flow)
        statuses = rng.choices([s for s, _ in _STATUS], [w for _, w in _STATUS], k=count)
        drawn = zip(chosen, rng.choices(agents, cum_weights=weights, k=count), users, statuses, self._seconds(count), strict=True)
        for fill, agent, user, status, second in drawn:
            down = outage is not None and outage[0] <= second < outage[1] and rng.random() < _OUTAGE_SHARE
            request = fill(rng)
            if rng.random() < _QUERY_SHARE:
                request += "?page=2&sort=price"
            self._line(second, request, status="503" if down else status, agent=agent, user=user, slow=8 if down else 1)
        self.file.counts.user += count

    def _line(self, second: int, request: str, *, status: str, agent: str, user: str = "-", slow: int = 1) -> None:
        rng = self.rng
        wall, offset = self.clock.wall(second)
        number = rng.random()
        address = f"203.0.113.{int(number * 254) + 1}" if number < 0.9 else f"2001:db8::{int(number * 65535):x}"  # noqa: PLR2004 - one in ten
        seconds = rng.expovariate(9.0) * slow + 0.004
        extra = ""
        if self.service == "partner-api":
            synthetic = agent == world().crowd.monitor
            extra = f' "{"-" if synthetic else user}" "{"true" if synthetic else "-"}"'
        self.lines.append((wall, (
            f'{address} - {user} [{self.date}:{_TIMES[wall]} {offset}] "{request} HTTP/1.1" {status} '
            f'{int(number * 30000) + 200} "-" "{agent}" {seconds:.3f}{extra}\n'
        )))  # fmt: skip

    def _users(self, count: int) -> list[str]:
        rng, product = self.rng, self.product
        if self.service == "partner-api":
            return rng.choices(world().crowd.tenants, k=count)
        return [
            "-" if rng.random() < product.anonymous else f"{product.accounts}{int(rng.random() * product.account_count):05d}"
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
        """Users' requests that carry somebody's data: in the query of a mapped route, or in the path itself."""
        secrets = planted().secrets
        agents, _ = _agents("balanced")
        for second in self._seconds(_SECRETS_A_DAY):
            query = self.rng.choice(secrets.queries)
            self._line(second, f"GET /account?{query}", status="200", agent=agents[0])
        for second in self._seconds(_LEAKY_PATHS_A_DAY):
            self._line(second, f"GET {self.rng.choice(secrets.paths)}", status="200", agent=agents[0])
        self.file.counts.user += _SECRETS_A_DAY + _LEAKY_PATHS_A_DAY
        self.file.flows["profile_update"] += _SECRETS_A_DAY

    def _probes(self) -> None:
        """Half the probes say so in their agent, half come from the configured account."""
        crowd, routes = world().crowd, _PROBES[self.service]
        browser = _agents("balanced")[0][0]
        every = _PROBE_EVERY[self.service]
        for number, second in enumerate(range(every // 2, _SECONDS_OF_DAY, every)):
            by_agent = number % 2 == 0 or self.service == "partner-api"
            agent = crowd.monitor if by_agent else browser
            user = "-" if by_agent else crowd.synthetic_account
            self._line(second, routes[number % len(routes)], status="200", agent=agent, user=user)
            self.file.counts.synthetic += 1

    def _bots(self) -> None:
        count = daily_count(self.rng, _BOTS_A_DAY)
        routes = ("GET /product/{id}", "GET /search", "GET /category/{slug}", "GET /blog/summer-looks")
        for second in self._seconds(count):
            fill = _filler(self.rng.choice(routes))
            self._line(second, fill(self.rng), status="200", agent=self.rng.choice(world().crowd.bots))
        self.file.counts.bot += count

    def _static(self) -> None:
        count = int(self.file.counts.user * _STATIC_SHARE)
        agents, weights = _agents("office" if self.service == "backoffice" else "balanced")
        drawn = self.rng.choices(agents, cum_weights=weights, k=count)
        for second, agent in zip(self._seconds(count), drawn, strict=True):
            path = self.rng.choice(world().crowd.static)
            self._line(second, f"GET {path}", status=self.rng.choice(("200", "200", "304")), agent=agent)
        self.file.counts.static += count

    def _noise(self) -> None:
        """Scanners that speak no HTTP, and lines that were cut off."""
        small = self.service != "shop-web"
        for second in self._seconds(daily_count(self.rng, 2 if small else _GARBAGE_A_DAY)):
            self._garbage(second)
        if self.service == "partner-api":
            return
        for second in self._seconds(daily_count(self.rng, 0.4 if small else _MALFORMED_A_DAY)):
            wall, _ = self.clock.wall(second)
            self.lines.append((wall, f'203.0.113.77 - - [{self.date}:{_TIMES[wall][:5]}\n'))
            self.file.counts.rejected += 1

    def _garbage(self, second: int) -> None:
        wall, offset = self.clock.wall(second)
        what = self.rng.choice(world().crowd.garbage)
        rest = ' 0.000 "-" "-"' if self.service == "partner-api" else " 0.000"
        self.lines.append(
            (wall, f'203.0.113.9 - - [{self.date}:{_TIMES[wall]} {offset}] "{what}" 400 0 "-" "-"{rest}\n')
        )
        self.file.counts.other += 1


def _outages(incidents: tuple[Incident, ...], day: date) -> dict[str, tuple[int, int]]:
    """Seconds of the day during which a flow fails."""
    found = {}
    for incident in incidents:
        start = incident.started.astimezone(ZONE)
        if start.date() == day:
            begin = start.hour * 3600 + start.minute * 60
            end = begin + int((incident.resolved - incident.started).total_seconds())
            found |= dict.fromkeys(flows_of_component(incident.component), (begin, end))
    return found


@cache
def _agents(mix: str) -> tuple[list[str], list[float]]:
    """User agents of a platform mix with their cumulative weights."""
    agents, weights = [], []
    for client, share in world().mix[mix].items():
        for agent in world().agent[client]:
            agents.append(agent)
            weights.append(share / len(world().agent[client]))
    return agents, list(accumulate(weights))


@cache
def _filler(route: str) -> Fill:
    """A route pattern as a function that puts ids in its places."""
    slugs = world().crowd.slugs

    def fill(rng: Random) -> str:
        request = route
        while "{" in request:
            before, _, rest = request.partition("{")
            kind, _, after = rest.partition("}")
            request = before + _ID[kind](rng, slugs) + after
        return request

    return fill


def _uuid(rng: Random) -> str:
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


_ID: dict[str, Callable[[Random, tuple[str, ...]], str]] = {
    "id": lambda rng, _: str(int(rng.random() * 90000) + 10000),
    "hex": lambda rng, _: f"{rng.getrandbits(96):024x}",
    "uuid": lambda rng, _: _uuid(rng),
    "slug": lambda rng, slugs: slugs[int(rng.random() * len(slugs))],
}
