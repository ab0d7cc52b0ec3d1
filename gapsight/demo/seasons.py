"""What a demo of years has more than one of weeks: busy quarters, and defects that follow them.

Each component has quarters in which it changes more. Defects come where much changed code is little tested, some
weeks after the change; use brings them out, and some components are more fragile than others. That is planted, so
that a score which looks at these things has something to be right about; how many come is chance (Poisson, by seed).
"""

import math
from datetime import date, timedelta
from functools import cache
from random import Random

from gapsight.demo.world import Component, Flow

_QUARTER = 91
_AFTER = timedelta(days=21)
_SPREAD = 0.6
_FRAGILE = 0.5
_A_WEEK, _USED = 0.6, 300
_UNMEASURED = 0.5
"""How much of a component that no report names is taken to be tested."""


@cache
def busy(seed: int, component: str, quarter: int) -> float:
    """How much a component changes in a quarter, against its mean."""
    rng = Random(f"{seed}/season/{component}/{quarter}")
    return rng.lognormvariate(-_SPREAD * _SPREAD / 2, _SPREAD)


@cache
def _fragile(seed: int, component: str) -> float:
    rng = Random(f"{seed}/fragile/{component}")
    return rng.lognormvariate(-_FRAGILE * _FRAGILE / 2, _FRAGILE)


def change(seed: int, component: Component, day: date) -> float:
    """How often a commit touches a component on a day, against the others of its repository."""
    return component.change * busy(seed, component.name, day.toordinal() // _QUARTER)


def defects(seed: int, flow: Flow, home: Component, *, day: date) -> int:
    """How many defects of a flow are reported on a day."""
    changed = change(seed, home, day - _AFTER) / 4
    used = math.log1p(max(flow.usage.events, flow.usage.requests)) / math.log1p(_USED)
    untested = 1 - (home.coverage[0] if home.coverage else _UNMEASURED)
    mean = _A_WEEK / 7 * _fragile(seed, home.name) * changed**1.3 * untested**1.5 * used**0.5
    return _poisson(Random(f"{seed}/defects/{flow.name}/{day}"), mean)


def _poisson(rng: Random, mean: float) -> int:
    limit, product, number = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        number += 1
    return number
