"""A day's nginx log into the lake: speed, memory and accounting."""

import gzip
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import duckdb

from benchmarks.figures import Bar, Figure, judged, not_measured, told
from benchmarks.generate.access_log import write_log
from benchmarks.probe import Probe, middle, probe, repeated
from benchmarks.rows import workspace

GB = 1 << 30
FIRST_LINES = 200_000
_LOAD = "benchmarks.rows.workspace:load"
_CLASSES = ("user", "static", "synthetic", "bot", "dropped", "other", "duplicate", "rejected")


def measure(folder: Path, size: float) -> list[Figure]:
    """The whole log, a tenth of it, its first lines and its compressed form."""
    log = folder / "access.log"
    write_log(log, round(GB * size))
    place = workspace.with_one(folder / "whole", log)
    lines = int(subprocess.check_output(["wc", "-l", log]).split()[0])
    what = f"access log, {log.stat().st_size / 1e9:.2g} GB, {lines:,} lines to lake parts"
    loads = repeated(lambda: _loaded(place))
    accounting = _accounting(what, place, lines)
    seconds = middle([load.seconds for load in loads])
    figures = [
        _against_goaccess(what, log, lines / seconds),
        _against_duckdb(what, log, seconds),
        *_memory(what, folder, (log, max(load.peak_mb for load in loads))),
        _compressed(what, folder, (log, seconds)),
        accounting,
    ]
    facts = f"{seconds:.1f} s, {middle([load.cpu for load in loads]):.1f} CPU s, {loads[0].result['rows']:,} rows"
    return [told(what, f"{lines / seconds:,.0f} lines/s ({facts})"), *figures]


def _loaded(place: Path) -> Probe:
    workspace.forget(place)
    found = probe(_LOAD, place)
    if found.result["files"] != 1:
        raise ValueError(f"{found.result['files']} files loaded")
    return found


def _against_goaccess(what: str, log: Path, rate: float) -> Figure:
    name, bar = f"{what}, lines/s", Bar(">=", 8)
    if not _has_goaccess():
        return not_measured(f"{name} against GoAccess", "no goaccess, and it may not be installed")
    head = log.with_name("head.log")
    with log.open("rb") as source, head.open("wb") as out:
        out.writelines(islice(source, FIRST_LINES))
    lines = min(FIRST_LINES, int(subprocess.check_output(["wc", "-l", head]).split()[0]))
    runs = repeated(lambda: probe("benchmarks.rows.access_log:goaccess", head))
    theirs = lines / middle([run.seconds for run in runs])
    own = _loaded(workspace.with_one(log.parent / "head", head)).seconds
    measured = (
        f"{rate:,.0f} against {theirs:,.0f} (ours on the same lines alone: {lines / own:,.0f})"
    )
    reference = f"GoAccess on the first {lines:,} lines"
    return judged(name, bar, rate / theirs, reference=reference, measured=measured)


def _has_goaccess() -> bool:
    if not shutil.which("goaccess") and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-yq", "goaccess"], check=False, capture_output=True)
    return shutil.which("goaccess") is not None


def _against_duckdb(what: str, log: Path, seconds: float) -> Figure:
    runs = repeated(lambda: probe("benchmarks.rows.access_log:duckdb_lines", log))
    theirs = middle([run.seconds for run in runs])
    return judged(
        f"{what}, wall time",
        Bar("<=", 6),
        seconds / theirs,
        reference="DuckDB reading the lines as one column and counting them",
        measured=f"{seconds:.1f} s against {theirs:.1f} s",
    )


def _memory(what: str, folder: Path, whole: tuple[Path, float]) -> list[Figure]:
    log, peak = whole
    small = folder / "small.log"
    write_log(small, log.stat().st_size // 10)
    before = _loaded(workspace.with_one(folder / "small", small)).peak_mb
    measured = f"{peak:,.0f} MB against {before:,.0f} MB"
    return [
        judged(
            f"{what}, peak memory", Bar("<=", 1300, "MB"), peak, measured="all processes together"
        ),
        judged(
            f"{what}, growth of the peak",
            Bar("<=", 1.2),
            peak / before,
            reference="a log of a tenth of its size",
            measured=measured,
        ),
    ]


def _compressed(what: str, folder: Path, plain: tuple[Path, float]) -> Figure:
    log, seconds = plain
    packed = folder / "packed.log.gz"
    with log.open("rb") as source, gzip.open(packed, "wb", compresslevel=6) as out:
        shutil.copyfileobj(source, out, 1 << 20)
    place = workspace.with_one(folder / "packed", packed)
    unpacking = middle(
        [p.seconds for p in repeated(lambda: probe("benchmarks.rows.access_log:gunzip", packed))]
    )
    packed_seconds = middle([load.seconds for load in repeated(lambda: _loaded(place))])
    return judged(
        f"{what}, from gzip",
        Bar("<=", 1.1),
        packed_seconds / (unpacking + seconds),
        reference="gzip -dc alone, and the plain load",
        measured=f"{packed_seconds:.1f} s against {unpacking:.1f} s + {seconds:.1f} s",
    )


def _accounting(what: str, place: Path, lines: int) -> Figure:
    read, *classes = _one_row(place, "loads", ("records_read", *_CLASSES))
    (counted,) = _one_row(place, "usage_counts", ("coalesce(sum(count), 0)",))
    of = dict(zip(_CLASSES, classes, strict=True))
    gaps = [lines - read, lines - sum(classes), of["user"] + of["bot"] + of["synthetic"] - counted]
    kinds = ", ".join(f"{n:,} {name}" for name, n in of.items() if n)
    return Figure(
        f"{what}, lines accounted for",
        "newline count by wc",
        f"{read:,} of {lines:,} ({kinds})",
        f"{max(map(abs, gaps))} apart",
        "exact",
        "**misses**" if any(gaps) else "holds",
    )


def _one_row(place: Path, table: str, columns: Sequence[str]) -> list[int]:
    parts = list((place / "var" / "lake" / table).glob("day=*/access_log--*.parquet"))
    query = f"select {', '.join(columns)} from read_parquet(?)"  # noqa: S608
    with duckdb.connect() as memory:
        found = memory.execute(query, [list(map(str, parts))]).fetchone()
    return [int(value) for value in found or ()]


def goaccess(log: str) -> Callable[[], None]:
    """GoAccess to JSON, which is its fastest report."""
    command = ["goaccess", log, "--log-format=COMBINED", "--no-progress", "-o", f"{log}.json"]
    return lambda: _done(command)


def gunzip(packed: str) -> Callable[[], None]:
    """Decompression into nothing."""
    return lambda: _done(["gzip", "-dc", packed])


def _done(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def duckdb_lines(log: str) -> Callable[[], int]:
    """Every line as one text, counted."""
    memory = duckdb.connect()
    query = """
        select count(line) from read_csv(
            ?, columns = {'line': 'VARCHAR'}, header = false, delim = ?, quote = '', escape = '',
            ignore_errors = true, null_padding = false, auto_detect = false
        )
    """

    def work() -> int:
        found = memory.execute(query, [log, "\x01"]).fetchone()
        return int(found[0]) if found else 0

    return work
