"""Night after night at demo scale: whether a run's time stays flat, and what grows on the disk.

The demo of all days is made at once; its first 200 days are loaded, then each night brings one more.
"""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from benchmarks.demo_workspace import DemoWorkspace, Took, size_of
from benchmarks.figures import COLUMNS, Bar, Figure, judged, table, told, write_section
from benchmarks.probe import ROOT

TITLE = "Nights"
FOLDERS = ("inbox", "lake", "warehouse.duckdb", "published", "dagster", "dbt", "logs")
WHY = {
    "inbox": "the files as they came; never deleted by a run",
    "lake": "typed rows of the same files: grows with them",
    "warehouse.duckdb": "rebuilt from the lake every night: grows with the history it shows",
    "published": "a copy of the marts in four forms, replaced every night",
    "dagster": "history of runs and events; runs older than the retention are removed",
    "dbt": "the assembled project and what dbt parsed: constant",
    "logs": "one file per run, the newest 20 kept, and dbt's own log, which dbt turns over at 10 MB",
}
FLAT = Bar("<=", 1.2)
_ENDS = 10


@dataclass
class Nights:
    """What was measured."""

    history: int
    first: Took | None = None
    nights: list[Took] = field(default_factory=list)
    brought: list[int] = field(default_factory=list)
    sizes: list[dict[str, int]] = field(default_factory=list)


def live_through(folder: Path, history: int, nights: int) -> Nights:
    """Load the history, then one day per night."""
    workspace = DemoWorkspace(folder, history + nights)
    found = Nights(history)
    coming = workspace.hide(nights)
    found.first = workspace.gapsight("run")
    found.sizes.append(_sizes(workspace.data))
    print(f"history of {history} days: {found.first.seconds:.1f} s", flush=True)
    for number, day in enumerate(coming, 1):
        found.brought.append(workspace.reveal(day))
        night = workspace.gapsight("run")
        found.nights.append(night)
        found.sizes.append(_sizes(workspace.data))
        stages = " ".join(f"{name} {seconds}" for name, seconds in night.stages().items())
        print(
            f"night {number:3} {day}: {night.seconds:5.1f} s, CPU {night.cpu:5.1f} s ({stages}); "
            f"dagster {found.sizes[-1]['dagster'] / 1e6:.1f} MB",
            flush=True,
        )
    return found


def report(found: Nights) -> str:
    """The section of docs/figures.md."""
    nights = found.nights
    ends = min(_ENDS, len(nights) // 2)
    by_cpu = [night.cpu for night in nights]
    by_wall = [night.seconds for night in nights]
    lines = [
        _flat(f"a night's CPU time, mean of the last {ends}", by_cpu, ends),
        _flat(f"a night's wall time, mean of the last {ends}", by_wall, ends),
        told("slowest night", f"{max(by_wall):.1f} s", "-"),
        told("files of a night", f"{fmean(found.brought) / 1e6:.2f} MB", "-"),
    ]
    figures = table((line.cells() for line in lines), COLUMNS[1:])
    return f"""
`make nights NIGHTS={len(nights)}`: the demo of {found.history + len(nights)} days, its first {found.history}
loaded at once ({_seconds(found.first)}), then one new day and one `gapsight run` per night.

{figures}

What grew on the disk:

{_growth(found)}
"""


def _flat(what: str, values: Sequence[float], ends: int) -> Figure:
    early, late = fmean(values[:ends]), fmean(values[-ends:])
    return judged(
        what,
        FLAT,
        late / early,
        reference=f"the first {ends}",
        measured=f"{late:.1f} s against {early:.1f} s",
    )


def _growth(found: Nights) -> str:
    first, last, nights = found.sizes[0], found.sizes[-1], len(found.nights)
    rows = []
    for name in FOLDERS:
        tail = min(_ENDS, nights)
        lately = (last[name] - found.sizes[-1 - tail][name]) / tail
        rows.append(
            (
                name,
                _mb(first[name]),
                _mb(last[name]),
                _mb((last[name] - first[name]) / nights),
                _mb(lately),
                WHY[name],
            )
        )
    columns = ("folder", "before", "after", "per night", "per night, the last 10", "why")
    return table(rows, columns)


def _sizes(data: Path) -> dict[str, int]:
    return {
        name: size_of(data / name) if (data / name).is_dir() else (data / name).stat().st_size
        for name in FOLDERS
    }


def _mb(amount: float) -> str:
    return f"{amount / 1e6:.2f} MB"


def _seconds(took: Took | None) -> str:
    return f"{took.seconds:.0f} s" if took else "-"


def main() -> None:
    """Simulate nights and write what they took."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--nights", type=int, default=60)
    asked.add_argument("--history", type=int, default=200)
    asked.add_argument("--out", type=Path, default=ROOT / "docs" / "figures.md")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="gapsight-nights-") as folder:
        found = live_through(Path(folder), given.history, given.nights)
    text = report(found)
    print(text)
    write_section(given.out, TITLE, text)


if __name__ == "__main__":
    main()
