"""One day's file replaced in the lake, with a long and with a short history behind it."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from benchmarks.figures import Bar, Figure, judged
from benchmarks.generate.access_log import write_log
from benchmarks.probe import Probe, middle, probe, side_by_side
from benchmarks.rows import workspace

LONG_DAYS, SHORT_DAYS = 100, 10
ROWS = 1_000_000
_TINY, _REPLACED = 20_000, 5_000_000
_LOAD = "benchmarks.rows.workspace:load"


def measure(folder: Path, size: float) -> list[Figure]:
    """Seconds of the replacement, the history ten times as long."""
    rows = round(ROWS * size)
    places = [_history(folder / f"days{days}", days, rows=rows) for days in (LONG_DAYS, SHORT_DAYS)]
    turn = 0

    def replaced(place: Path) -> Probe:
        nonlocal turn
        turn += 1
        write_log(_file(place, workspace.DAY), round(_REPLACED * size), seed=turn)
        found = probe(_LOAD, place, workspace.DAY)
        if (found.result["waiting"], found.result["files"]) != (1, 1):
            raise ValueError(f"not one file replaced: {found.result}")
        return found

    pairs = side_by_side(lambda: replaced(places[0]), lambda: replaced(places[1]))
    seconds = [middle([pair[n].seconds for pair in pairs]) for n in (0, 1)]
    ratio = middle([long.seconds / short.seconds for long, short in pairs])
    what = f"replace one day's log ({_REPLACED * size / 1e6:.2g} MB) in {rows * LONG_DAYS / 1e6:,.4g} M rows"
    measured = f"{seconds[0]:.2f} s against {seconds[1]:.2f} s"
    reference = f"the same in {rows * SHORT_DAYS / 1e6:,.4g} M rows"
    return [judged(what, Bar("<=", 1.5), ratio, reference=reference, measured=measured)]


def _history(place: Path, days: int, *, rows: int) -> Path:
    """A lake of that many days: a tiny log each, really loaded, whose part then gets its rows."""
    every = [workspace.DAY - timedelta(days=back) for back in range(days)]
    workspace.new(place, min(every))
    for day in every:
        write_log(_file(place, day), _TINY, day=day)
    if probe(_LOAD, place).result["files"] != days:
        raise ValueError("not every day was loaded")
    probe("benchmarks.rows.history:inflate", place, rows)
    return place


def _file(place: Path, day: date) -> Path:
    return workspace.inbox(place, day) / "access.log"


def inflate(place: str, rows: str) -> Callable[[], int]:
    """Repeat the rows of every day's part, each with a version of its own, until there are so many."""
    import polars as pl

    def work() -> int:
        parts = sorted(
            (Path(place) / "var" / "lake" / "usage_counts").glob("day=*/access_log--*.parquet")
        )
        for part in parts:
            frame = pl.read_parquet(part, hive_partitioning=False)
            times = pl.int_range(int(rows) // frame.height + 1).cast(pl.String).alias("again")
            many = frame.join(pl.select(times), how="cross").head(int(rows))
            whole = many.with_columns(pl.col("again").alias("version")).select(frame.columns)
            whole.sort(frame.columns, nulls_last=True).write_parquet(part, compression_level=1)
        return len(parts)

    return work
