"""A full dbt build of a large portfolio: seconds and memory."""

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.demo_workspace import took
from benchmarks.figures import Bar, Figure, judged, told
from benchmarks.generate.portfolio import PLATFORMS, write_workspace
from benchmarks.probe import probe

FLOWS, DAYS = 2_000, 400


def measure(folder: Path, size: float) -> list[Figure]:
    """Load once, then build everything again in a process of its own."""
    flows = max(round(FLOWS * size), 20)
    shop = write_workspace(folder / "big", flows=flows, days=DAYS)
    program = Path(sys.executable).with_name("gapsight")
    loaded = took([str(program), "run", "--workspace", str(shop)])
    built = probe("benchmarks.rows.portfolio:build", shop)
    what = f"dbt build of {flows:,} flows x {len(PLATFORMS)} platforms x {DAYS} days"
    stages = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in loaded.stages().items())
    return [
        judged(what, Bar("<=", 60, "s"), built.seconds, measured=f"{built.cpu:.0f} CPU s"),
        judged(
            f"{what}, peak memory", Bar("<=", 2000, "MB"), built.peak_mb, measured="dbt's process"
        ),
        told(f"{what}, the first run", stages),
    ]


def build(workspace: str) -> Callable[[], int]:
    """Every model and test, as a nightly run builds them."""
    from orchestration.dbt_home import prepare
    from orchestration.dbt_run import run_dbt
    from orchestration.settings import load

    settings = load(Path(workspace), environ={})
    prepare(settings)

    def work() -> int:
        outcome = run_dbt(settings, "build", ["--exclude-resource-type", "unit_test"])
        if outcome.problems:
            raise RuntimeError(outcome.problems[0])
        return len(outcome.events)

    return work
