"""`gapsight run` as it is every night: nothing new, one new day, and the same day behind a longer history."""

import shutil
import sys
from pathlib import Path

from benchmarks.demo_workspace import DemoWorkspace, Took, took
from benchmarks.figures import Bar, Figure, judged, told
from benchmarks.probe import middle

LONG_DAYS, SHORT_DAYS = 200, 20
NIGHTS, EMPTY_NIGHTS = 5, 3
"""Of the new days' CPU time the least counts: whatever else a machine does only adds."""


def measure(folder: Path, size: float) -> list[Figure]:
    """Seconds of whole commands, from their start to their end."""
    days = max(round(LONG_DAYS * size), SHORT_DAYS)
    long, short = (
        DemoWorkspace(folder / name, n) for name, n in (("long", days), ("short", SHORT_DAYS))
    )
    pairs = _new_days(long, short)
    nights = [pair[0] for pair in pairs]
    long.gapsight("run")  # what was new a moment ago is read once more before it is remembered
    rounds = [(long.gapsight("run"), _dbt_build(long)) for _ in range(EMPTY_NIGHTS)]
    empty, build = (middle([found[n].seconds for found in rounds]) for n in (0, 1))
    new, brief = (min(pair[n].cpu for pair in pairs) for n in (0, 1))
    return [
        judged(
            f"empty nightly run, demo of {days} days",
            Bar("<=", 4, "s more"),
            empty - build,
            reference="dbt build of the project by command line",
            measured=f"{empty:.1f} s against {build:.1f} s",
        ),
        judged(
            f"nightly run with one new day, history of {days} days, CPU time",
            Bar("<=", 1.3),
            new / brief,
            reference=f"the same night behind {SHORT_DAYS} days",
            measured=f"{new:.1f} s against {brief:.1f} s, least of {NIGHTS}",
        ),
        told(f"nightly run with one new day, history of {days} days", _stages(nights)),
    ]


def _new_days(long: DemoWorkspace, short: DemoWorkspace) -> list[tuple[Took, Took]]:
    coming = long.hide(NIGHTS)
    short.hide(NIGHTS)
    for each in (long, short):
        each.gapsight("run")
    found = []
    for day in coming:
        for each in (long, short):
            each.reveal(day)
        found.append((long.gapsight("run"), short.gapsight("run")))
    return found


def _stages(nights: list[Took]) -> str:
    whole = middle([night.seconds for night in nights])
    names = [name for name in nights[0].stages() if name != "all"]
    parts = (f"{name} {middle([night.stages()[name] for night in nights]):.1f} s" for name in names)
    return f"{whole:.1f} s ({', '.join(parts)})"


def _dbt_build(workspace: DemoWorkspace) -> Took:
    """What a run builds, by dbt alone, on a copy of the warehouse; parsed before as the run's own is."""
    project, warehouse = workspace.data / "dbt", workspace.folder / "copy.duckdb"
    shutil.copy(workspace.data / "warehouse.duckdb", warehouse)
    target = workspace.folder / "dbt_target"
    environment = {
        "GAPSIGHT_WAREHOUSE": str(warehouse),
        "GAPSIGHT_LAKE": str(workspace.data / "lake"),
    }
    dbt = [str(Path(sys.executable).with_name("dbt"))]
    flags = ["--project-dir", project, "--profiles-dir", project, "--target-path", target]
    flags += [
        "--log-path",
        target,
        "--vars",
        '{"as_of": "", "reporting_zone": "Europe/Berlin"}',
        "-q",
    ]
    if not target.exists():
        took([*dbt, "parse", *map(str, flags)], environment)
    return took(
        [*dbt, "build", *map(str, flags), "--exclude-resource-type", "unit_test"], environment
    )
