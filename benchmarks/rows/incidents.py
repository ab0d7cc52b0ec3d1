"""Load-bearing tests in years with a known truth, through the real models: who is found, and how often wrongly."""

import random
from pathlib import Path
from statistics import fmean

from benchmarks.figures import Bar, Figure, judged, told
from tests.golden.harness import Bench
from tests.golden.planted_incidents import Found, Year, correlated, year

SEEDS = (1, 2, 3, 4)
RATES = {4: 0.60, 8: 0.75, 16: 0.75}
"""Incidents of a component in the year -> least precision of candidates and confirmed ones."""
_CONFIRMED = Bar(">=", 0.95, "")
_CHANCE = Bar("<=", 0.10, "")


def measure(folder: Path, size: float) -> list[Figure]:
    """Each rate and seed a year; then the incidents of the densest on other days."""
    scratch = folder / "bench"
    scratch.mkdir(parents=True)
    bench, seeds = Bench(scratch), SEEDS[: max(1, round(len(SEEDS) * size))]
    figures: list[Figure] = []
    for rate, least in RATES.items():
        years = [year(random.Random(100 * seed + rate), rate) for seed in seeds]
        found = [
            correlated(bench, folder / f"{rate}-{seed}", known)
            for seed, known in zip(seeds, years, strict=True)
        ]
        figures += _of_rate(f"{rate} incidents a component and year", years, found, least)
    shuffled = [
        correlated(
            bench,
            folder / f"shuffled-{seed}",
            year(random.Random(seed), 16).shuffled(random.Random(seed + 1)),
        )
        for seed in seeds
    ]
    share = sum(len(one.confirmed) for one in shuffled) / sum(one.compared for one in shuffled)
    lift = fmean(one.mean_lift for one in shuffled)
    what = "16 incidents a component on other days"
    return [
        *figures,
        judged(f"{what}: share confirmed", _CHANCE, share, measured=f"mean lift {lift:.2f}"),
    ]


def _of_rate(what: str, years: list[Year], found: list[Found], least: float) -> list[Figure]:
    truth = sum(len(known.truth) for known in years)

    def right(kind: str) -> tuple[int, int]:
        named = [getattr(one, kind) for one in found]
        both = zip(named, years, strict=True)
        return sum(len(names & known.truth) for names, known in both), sum(map(len, named))

    figures = []
    for kind, bar in (("shown", Bar(">=", least, "")), ("confirmed", _CONFIRMED)):
        hit, named = right(kind)
        recall = f"recall {hit / truth:.2f}, {named} tests"
        label = "candidate or confirmed" if kind == "shown" else "confirmed"
        if named:
            figures.append(
                judged(f"{what}: precision of {label}", bar, hit / named, measured=recall)
            )
        else:
            figures.append(told(f"{what}: precision of {label}", "none"))
    hit, named = right("naive")
    naive = f"precision {hit / named:.2f}, recall {hit / truth:.2f}"
    return [*figures, told(f"{what}: failed in the week before any (the common rule)", naive)]
