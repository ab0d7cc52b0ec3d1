"""The back-test on light demos of years, one per seed: R beside use alone, and chance where it must be."""

import json
import re
import shutil
from pathlib import Path
from statistics import fmean, stdev

from benchmarks.demo_workspace import DemoWorkspace
from benchmarks.figures import Bar, Figure, judged, told

SEEDS = (7, 8, 9)
DAYS = 900
_MINUTES = Bar("<=", 300, "s")


def measure(folder: Path, size: float) -> list[Figure]:
    """Each seed: demo, load, replay month by month, back-test."""
    days = max(round(DAYS * size), 470)
    found, times = [], []
    for seed in SEEDS:
        shop = DemoWorkspace(folder / str(seed), days, "--light", "--seed", str(seed))
        shop.gapsight("run")
        replayed = shop.gapsight("run", "--replay-history", "monthly")
        times.append(replayed.seconds)
        document = json.loads(shop.gapsight("backtest", "--format", "json").output)
        found.append({one["ranking"]: one for one in document["rankings"]})
        number = re.search(r"replayed +(\d+)", replayed.output)
        shutil.rmtree(shop.folder)
    what = f"back-test, light demo of {days} days, {len(SEEDS)} seeds"
    figures = [
        told(what, f"{name}: {_spread(found, name, 'auc')}, {_spread(found, name, 'lift')}")
        for name in found[0]
    ]
    return [
        *figures,
        _ahead(what, found, "usage only"),
        _ahead(what, found, "random"),
        judged(
            f"replay of {number[1] if number else '?'} month ends, the builds before and after it too",
            _MINUTES,
            max(times),
            measured="the longest of the seeds",
        ),
    ]


def _spread(found: list[dict[str, dict[str, float]]], ranking: str, what: str) -> str:
    values = [one[ranking][what] for one in found]
    return f"{what} {fmean(values):.3f} ± {stdev(values):.3f}"


def _ahead(what: str, found: list[dict[str, dict[str, float]]], other: str) -> Figure:
    gains = [one["risk"]["auc"] - one[other]["auc"] for one in found]
    measured = ", ".join(f"{gain:+.3f}" for gain in gains)
    return judged(
        f"{what}: auc of R less auc of {other}, by seed",
        Bar(">=", 0, ""),
        min(gains),
        reference=other,
        measured=measured,
    )
