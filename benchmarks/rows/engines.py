"""The same lake built by both engines: the demo, and a month of a large company."""

import sys
from importlib.util import find_spec
from pathlib import Path

from benchmarks.demo_workspace import DemoWorkspace, took
from benchmarks.figures import Figure, told
from benchmarks.generate.years import Size, write_workspace
from benchmarks.probe import ProbeError

DEMO_DAYS = 200
LARGE_DAYS = 30


def measure(folder: Path, size: float) -> list[Figure]:
    """Each lake once by each engine; Spark's executors are threads of its driver."""
    if find_spec("pyspark") is None:
        raise ProbeError("needs Spark: pip install 'gapsight[spark]'")
    days = max(round(DEMO_DAYS * size), LARGE_DAYS)
    large = Size().of_days(LARGE_DAYS, size)
    what = f"{LARGE_DAYS} days, {large.attempts / 1e6:.2g} M attempts of {large.tests:,} tests"
    return [
        _built(f"demo of {days} days", DemoWorkspace(folder / "demo", days).folder),
        _built(what, write_workspace(folder / "large", large)),
    ]


def _built(what: str, workspace: Path) -> Figure:
    """Stage `build` of a run each, DuckDB first."""
    program = str(Path(sys.executable).with_name("gapsight"))
    run = [program, "run", "--workspace", str(workspace), "--engine"]
    duckdb, spark = (took([*run, name]).stages()["build"] for name in ("duckdb", "spark"))
    return told(
        f"first build by Spark, {what}",
        f"{spark:.0f} s against {duckdb:.0f} s: {spark / duckdb:.1f}x",
        "first build by DuckDB",
    )
