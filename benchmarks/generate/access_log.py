"""An nginx log in combined format with everything a real one has: ids, slugs, bots, odd and broken lines."""

import random
from collections.abc import Callable, Iterator
from datetime import date
from itertools import accumulate
from pathlib import Path

_NAMES = """
products orders carts users invoices payments shipments returns reviews vouchers stores brands
categories wishlists addresses sessions tickets reports exports imports audits alerts devices teams
projects tasks boards notes files folders labels comments threads messages channels events plans
quotes
"""
RESOURCES = _NAMES.split()
_LOOKS = (
    "red blue green small large light dark classic modern retro wool cotton linen oak steel glass"
)
_WORDS = _LOOKS.split()
_ASSETS = ("css", "js", "png", "svg", "woff2", "webp")
_METHODS = ("GET", "GET", "GET", "GET", "GET", "GET", "POST", "POST", "PUT", "DELETE")
_STATUS = (200,) * 18 + (201, 204, 301, 302, 304, 304, 400, 401, 403, 404, 404, 500, 502, 503)
_BOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "curl/8.5.0",
    "python-requests/2.32.3",
    "SyntheticMonitor/2.1",
)
_DRAWS = 1 << 16
_TOGETHER = 20_000
_AGENTS = 4_000
MakePath = Callable[[random.Random], str]


def write_log(place: Path, size: int, *, seed: int = 7, day: date = date(2026, 6, 30)) -> int:
    """Write lines of one day, in order, until the file has that size; returns their number."""
    lines = 0
    with place.open("wb") as out:
        written = 0
        for block in _blocks(seed, size, day):
            data = "".join(block).encode("latin-1")
            written += out.write(data)
            lines += data.count(b"\n")
            if written >= size:
                break
    return lines


def templates() -> list[MakePath]:
    """How a path is made, by route template: 8 for each of 38 resources and 12 more."""
    made: list[MakePath] = []
    for name in RESOURCES:
        made += _of_resource(name)
    return (
        made
        + [_plain(f"/{page}") for page in ("", "login", "logout", "search", "help", "about")]
        + [
            _plain(f"/health/{check}")
            for check in ("live", "ready", "db", "cache", "queue", "mail")
        ]
    )


def _of_resource(name: str) -> list[MakePath]:
    return [
        _plain(f"/api/v1/{name}"),
        _plain(f"/api/v1/{name}/search"),
        lambda rng: f"/api/v1/{name}/{int(rng.random() * 9e6)}",
        lambda rng: f"/api/v1/{name}/{int(rng.random() * 9e6)}/items",
        lambda rng: f"/api/v2/{name}/{_uuid(rng)}",
        lambda rng: f"/{name}/{_slug(rng)}",
        _plain(f"/{name}/new"),
        lambda rng: f"/assets/{name}.{int(rng.random() * 40):08x}.{_ASSETS[int(rng.random() * 6)]}",
    ]


def _plain(path: str) -> MakePath:
    return lambda _: path


def _slug(rng: random.Random) -> str:
    draw = int(rng.random() * 4096)
    return f"{_WORDS[draw & 15]}-{_WORDS[draw >> 4 & 15]}-{_WORDS[draw >> 8]}"


def _uuid(rng: random.Random) -> str:
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def agents(rng: random.Random) -> list[str]:
    """Some 4,000 user agents, the first ones the most frequent."""
    systems = (
        "Windows NT 10.0; Win64; x64",
        "Macintosh; Intel Mac OS X 10_15_7",
        "X11; Linux x86_64",
        "Linux; Android 14; Pixel 8",
    )
    made = []
    for n in range(_AGENTS - len(_BOTS)):
        system, version = systems[n % 4], 90 + n % 60
        if n % 5 == 4:
            made.append(
                f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_{n % 9} like Mac OS X) AppleWebKit/605.1.{n} "
                f"(KHTML, like Gecko) Version/17.{n % 9} Mobile/15E148 Safari/604.1"
            )
        else:
            made.append(
                f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) "
                f"Chrome/{version}.0.{n}.0 Safari/537.36"
            )
    rng.shuffle(made)
    return made


def _skewed(rng: random.Random, kinds: int) -> list[int]:
    """Numbers below `kinds`, the low ones far more often: to be drawn from with one random number."""
    weights = list(accumulate(1 / (n + 3) for n in range(kinds)))
    return rng.choices(range(kinds), cum_weights=weights, k=_DRAWS)


def _blocks(seed: int, size: int, day: date) -> Iterator[list[str]]:
    """Blocks of lines; the day's seconds are spread over about as many lines as the size holds."""
    rng = random.Random(seed)
    draw = rng.random
    paths, made = templates(), agents(rng)
    routes, agent_draws = _skewed(rng, len(paths)), _skewed(rng, len(made))
    clients = [_address(rng) for _ in range(20_000)]
    referers = ["-"] * 400 + [f"https://shop.example.com/{_slug(rng)}?from={n}" for n in range(800)]
    step, now = 86_000 / max(size / 270, 1), 0.0
    stamp = day.strftime("%d/%b/%Y")
    while True:
        block = []
        for _ in range(_TOGETHER):
            now = min(now + step, 86_399)
            second = int(now)
            path = paths[routes[int(draw() * _DRAWS)]](rng)
            choice = draw()
            if choice < 0.35:
                path += f"?page={int(choice * 99)}&utm_source=mail&token={int(draw() * 1e12)}"
            agent = (
                _BOTS[int(draw() * 6)] if choice > 0.94 else made[agent_draws[int(draw() * _DRAWS)]]
            )
            line = (
                f"{clients[int(draw() * 20_000)]} - - [{stamp}:{second // 3600:02}:{second // 60 % 60:02}:"
                f'{second % 60:02} +0000] "{_METHODS[int(draw() * 10)]} {path} HTTP/1.1" '
                f'{_STATUS[int(draw() * 32)]} {int(draw() * 60_000)} "{referers[int(draw() * 1200)]}" "{agent}"\n'
            )
            block.append(line if draw() > 0.003 else _odd(rng, line))
        yield block


def _address(rng: random.Random) -> str:
    if rng.random() < 0.1:
        return f"2001:db8:{rng.getrandbits(16):x}:{rng.getrandbits(16):x}::{rng.getrandbits(16):x}"
    return ".".join(str(1 + int(rng.random() * 250)) for _ in range(4))


def _odd(rng: random.Random, line: str) -> str:
    """What stands between the good lines of a real log: all of it is one line."""
    head, _, tail = line.partition("] ")
    kinds = (
        lambda: f'{head}] "\\x16\\x03\\x01\\x02\\x00" 400 166 "-" "-"\n',
        lambda: f'{head}] "-" 408 0 "-" "-"\n',
        lambda: line.replace("Mozilla/5.0", 'Mozilla \\"quoted\\" \\x22'),
        lambda: line.replace("HTTP/1.1", "").replace("/api", "/caf\xe9", 1),
        lambda: f"{line[: len(line) // 2]}\n",
        lambda: f"{line.rstrip()}{line}",
        lambda: f"{head.replace('[', '')} {tail}",
        lambda: "\n",
        lambda: line.replace("/Jun/", "/Jux/"),
    )
    return kinds[int(rng.random() * len(kinds))]()
