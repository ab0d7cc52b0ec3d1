"""Three years of a large company: everything built anew, and a night behind them beside one behind thirty days."""

import re
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from benchmarks.demo_workspace import Took, took
from benchmarks.figures import Bar, Figure, judged, told
from benchmarks.generate.years import LAST_DAY, Size, remember, write_day, write_workspace
from benchmarks.probe import ProbeError, probe

SHORT_DAYS = 30
NIGHTS = 5
"""Of each the least counts: whatever else a machine does only adds."""
_MEMORY = {"GAPSIGHT_MEMORY_LIMIT": "5000MB"}
"""Of DuckDB; the process takes a little more."""
_BUILT = re.compile(
    r" OK created sql (?:by_day model|table model \w+\.int_flake__).* in ([\d.]+)s\]"
)


def measure(folder: Path, size: float) -> list[Figure]:
    """A first run in a process of its own, then nights on the long and on the short history in turn."""
    long = Size().of_days(max(round(Size().days * size), SHORT_DAYS))
    given = {"long": long, "short": long.of_days(SHORT_DAYS)}
    places = {name: write_workspace(folder / name, one) for name, one in given.items()}
    firsts = {name: probe("benchmarks.rows.years:run", place) for name, place in places.items()}
    whole_sql = _sql(places["long"])
    pairs = []
    for name, place in places.items():
        remember(place, given[name].days)
    for night in range(NIGHTS + 1):
        for name, place in places.items():
            write_day(place / "var" / "lake", LAST_DAY + timedelta(days=night + 1), given[name])
        pairs.append({name: _run(place) for name, place in places.items()})
    night_sql = _sql(places["long"])
    again = _run(places["long"])
    nights = pairs[1:]  # the first one finds what `remember` wrote
    cpu = {name: min(night[name].cpu for night in nights) for name in places}
    built = firsts["long"]
    what = f"{long.days:,} days, {long.attempts / 1e6:,.3g} M attempts of {long.tests:,} tests, {long.flows:,} flows"
    return [
        judged(
            f"first run, from the lake to the published files: {what}",
            Bar("<=", 900, "s"),
            built.seconds,
            measured=f"{built.cpu:.0f} CPU s",
        ),
        judged(
            "the same, peak memory",
            Bar("<=", 8000, "MB"),
            built.peak_mb,
            measured="all its processes together",
        ),
        judged(
            f"night with one new day, history of {long.days:,} days, CPU time",
            Bar("<=", 1.3),
            cpu["long"] / cpu["short"],
            reference=f"the same night behind {SHORT_DAYS} days",
            measured=f"{cpu['long']:.0f} s against {cpu['short']:.0f} s, least of {NIGHTS}",
        ),
        judged(
            "the same, tables by day and windows of flakes",
            Bar("<=", 0.05),
            night_sql / whole_sql,
            reference="the same models of the first run",
            measured=f"{night_sql:.1f} s against {whole_sql:.0f} s",
        ),
        told(f"stages of such a night, history of {long.days:,} days", _stages(nights[-1]["long"])),
        told(f"stages of such a night, history of {SHORT_DAYS} days", _stages(nights[-1]["short"])),
        judged(
            "the same night once more, building and publishing",
            Bar("<=", 0, "s"),
            sum(again.stages().get(stage, 0) for stage in ("build", "publish")),
            measured=_stages(again),
        ),
        told("stages of the first run", built.result),
    ]


def run(workspace: str) -> Callable[[], str]:
    """`gapsight run`, so that the memory of every process of it is seen."""
    return lambda: _stages(_run(Path(workspace)))


def _run(place: Path) -> Took:
    program = Path(sys.executable).with_name("gapsight")
    return took([str(program), "run", "--workspace", str(place)], _MEMORY)


def _sql(place: Path) -> float:
    """Seconds that the tables by day and the windows of flakes took in the newest run, as dbt says them in its log."""
    logs = sorted((place / "var" / "logs").glob("run-*.log"), key=lambda log: log.stat().st_mtime)
    found = [float(seconds) for seconds in _BUILT.findall(logs[-1].read_text())]
    if not found:
        raise ProbeError(f"{logs[-1].name} names no table by day")
    return sum(found)


def _stages(run: Took) -> str:
    stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in run.stages().items())
    return f"{run.seconds:.1f} s ({stages})"
