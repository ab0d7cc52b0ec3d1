"""Three years of a large company: everything built anew, and a night behind them beside one behind thirty days."""

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from benchmarks.demo_workspace import Took, took
from benchmarks.figures import Bar, Figure, judged, told
from benchmarks.generate.years import LAST_DAY, Size, write_day, write_workspace
from benchmarks.probe import middle, probe

SHORT_DAYS = 30
NIGHTS = 3


def measure(folder: Path, size: float) -> list[Figure]:
    """A full build in a process of its own, then nights on the long and on the short history in turn."""
    whole = Size()
    long = replace(
        whole,
        days=max(round(whole.days * size), SHORT_DAYS),
        attempts=round(whole.attempts * size),
        uses=round(whole.uses * size),
    )
    per_day = SHORT_DAYS / long.days
    short = replace(
        long,
        days=SHORT_DAYS,
        attempts=round(long.attempts * per_day),
        uses=round(long.uses * per_day),
    )
    places = [
        write_workspace(folder / name, given) for name, given in (("long", long), ("short", short))
    ]
    what = f"{long.days:,} days, {long.attempts / 1e6:,.3g} M attempts of {long.tests:,} tests, {long.flows:,} flows"
    built = probe("benchmarks.rows.portfolio:build", places[0])
    firsts = [_run(place) for place in places]
    pairs = []
    for night in range(NIGHTS):
        day = LAST_DAY + timedelta(days=night + 1)
        for place, given in zip(places, (long, short), strict=True):
            write_day(place / "var" / "lake", day, given)
        pairs.append([_run(place) for place in places])
    again = _run(places[0])
    ratio = middle([one.cpu / other.cpu for one, other in pairs])
    cpu = [middle([pair[n].cpu for pair in pairs]) for n in (0, 1)]
    return [
        judged(
            f"full build of {what}",
            Bar("<=", 900, "s"),
            built.seconds,
            measured=f"{built.cpu:.0f} CPU s",
        ),
        judged(
            f"full build of {what}, peak memory",
            Bar("<=", 8000, "MB"),
            built.peak_mb,
            measured="dbt's process",
        ),
        judged(
            f"night with one new day, history of {long.days:,} days, CPU time",
            Bar("<=", 1.3),
            ratio,
            reference=f"the same night behind {SHORT_DAYS} days",
            measured=f"{cpu[0]:.0f} s against {cpu[1]:.0f} s",
        ),
        told(f"stages of such a night, history of {long.days:,} days", _stages(pairs[-1][0])),
        told("the same night once more", _stages(again)),
        told(f"first run, history of {long.days:,} days", _stages(firsts[0])),
    ]


def _run(place: Path) -> Took:
    program = Path(sys.executable).with_name("gapsight")
    return took([str(program), "run", "--workspace", str(place)])


def _stages(run: Took) -> str:
    stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in run.stages().items())
    return f"{run.seconds:.1f} s ({stages})"
