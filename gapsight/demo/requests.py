"""What a client sends: user agents by platform, request lines with ids in their places."""

from collections.abc import Callable
from functools import cache
from itertools import accumulate
from random import Random

from gapsight.demo.world import world

Fill = Callable[[Random], str]


@cache
def agents(mix: str) -> tuple[list[str], list[float]]:
    """Return the user agents of a platform mix with their cumulative weights."""
    found, weights = list[str](), list[float]()
    for client, share in world().mix[mix].items():
        for agent in world().agent[client]:
            found.append(agent)
            weights.append(share / len(world().agent[client]))
    return found, list(accumulate(weights))


@cache
def filler(route: str) -> Fill:
    """Turn a route pattern into a function that puts ids in its places."""
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
