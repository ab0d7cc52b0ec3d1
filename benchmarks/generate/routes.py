"""Route templates and the patterns that map them to flows."""

import random
from collections.abc import Iterator

_AREAS = 60


def patterns(count: int, *, seed: int = 7) -> Iterator[tuple[str, str, str, str, int]]:
    """Service, method, pattern, flow and priority of each pattern."""
    rng = random.Random(seed)
    for n in range(count):
        area, part = f"area{n % _AREAS}", f"part{n // _AREAS}"
        path = (
            f"/{area}/{part}/**",
            f"/api/{area}/{part}/{{id}}",
            f"/{{tenant}}/{area}/{part}/**",
            f"/api/v1/{area}/{part}/{{id}}/items/{{item}}",
            f"/api/{area}/{part}/{{slug}}/edit",
        )[(n + n // _AREAS) % 5]
        service, method = ("*", "*", "web")[rng.randrange(3)], ("*", "*", "GET")[rng.randrange(3)]
        yield service, method, path, f"flow_{n}", n % 3


def routes(count: int, *, seed: int = 7) -> Iterator[tuple[str, str, str]]:
    """Service, method and template of so many different routes."""
    rng = random.Random(seed)
    for n in range(count):
        area, part = f"area{rng.randrange(_AREAS)}", f"part{rng.randrange(6)}"
        path = (
            f"/{area}/{part}/page{n}",
            f"/api/{area}/{part}/k{n}",
            f"/tenant{n}/{area}/{part}/view",
            f"/api/v1/{area}/{part}/{{id}}/items/k{n}",
            f"/api/{area}/{part}/k{n}/edit",
            f"/api/v2/{area}/{part}/{{id}}/tab{n}/deep/er",
        )[n % 6]
        yield ("web", "api", "admin")[n % 3], ("GET", "POST", "PUT")[rng.randrange(3)], path
