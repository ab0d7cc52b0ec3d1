"""`gapsight run`: the whole pipeline, and at its end what a person wants to know."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gapsight.cli import options
from gapsight.cli.errors import CliError

if TYPE_CHECKING:
    from datetime import date

    from gapsight.cli.marts import Marts
    from gapsight.cli.output import Row
    from orchestration.pipeline import RunResult
    from orchestration.replay import Every
    from orchestration.settings import Settings
    from orchestration.workspace_file import Engine

_VERDICTS = """
    select product, day, verdict, is_enforced
    from rpt_release_readiness
    where day = (select max(day) from rpt_release_readiness)
    order by product = 'all' desc, product
"""
_REASONS = """
    select product, rule, status, mode, reason
    from rpt_gate_results
    where gate = 'release' and status <> 'pass'
    order by rule
"""


@click.command(
    short_help="Load what is new, build the models, publish, show verdict and gaps.",
    epilog="Example: gapsight run --workspace examples/shop --as-of 2026-06-30",
)
@click.option(
    "--replay-history",
    "every",
    type=click.Choice(["monthly", "weekly"]),
    help="Then compute the scores of past month ends (or Sundays) that no run kept.",
)
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    help="What runs the models this time, whatever gapsight.toml says.",
)
@options.place("as_of")
def run(*, place: options.Place, every: "Every | None", engine: "Engine | None") -> int:
    """Load what is new in the inbox, build all models, publish them, and show where things stand.

    Exit code 0 means that the pipeline finished, whatever the release verdict says; 1 that it
    failed. With --as-of the models are built for that day beside the published ones, which stay.

    Each run keeps the scores, gaps and rules of its day. --replay-history computes those of days before the first
    run with today's models, so that trends and the back-test have something to stand on; what a run kept stays.

    The models run on DuckDB inside this process, or on Spark (--engine spark; GAPSIGHT_SPARK_MASTER names a cluster).
    """
    from gapsight.cli import output
    from gapsight.cli.marts import open_marts
    from gapsight.cli.seeds import require_sound_seeds

    if every and place.as_of:
        raise CliError("--replay-history computes past days itself", "leave --as-of out")
    settings = place.settings()
    if engine:
        settings = replace(settings, engine=engine)
    require_sound_seeds(settings.paths.seeds)
    result = _run(settings, place.as_of)
    if every:
        days = _replay(settings, every)
        result = _run(settings, None)
    with open_marts(result.published / "marts.duckdb") as published:
        show_verdict(published)
        show_gaps(published)
    if every:
        output.line(f"replayed   {len(days)} days{f', {days[0]} to {days[-1]}' if days else ''}")
    _show_run(result, place)
    if settings.engine == "spark":
        output.line(f"engine     Spark at {settings.spark_master}")
    return 0


def _replay(settings: "Settings", every: "Every") -> "list[date]":
    from gapsight.cli.progress import showing_progress
    from orchestration.replay import replay

    with showing_progress() as progress:
        return replay(settings, every, progress=progress)


def _run(settings: "Settings", as_of: "date | None") -> "RunResult":
    from gapsight.cli.progress import showing_progress
    from orchestration.pipeline import run_pipeline

    with showing_progress() as progress:
        return run_pipeline(settings, as_of=as_of, progress=progress)


def show_verdict(published: "Marts") -> None:
    """Print the release verdict over all and per product, each with what speaks against it."""
    from gapsight.cli import output

    verdicts = published.rows(_VERDICTS)
    reasons = published.rows(_REASONS)
    day: date | None = verdicts[0]["day"] if verdicts else None
    output.line(f"Release verdict as of {day or 'no day'}", "bold")
    for row in verdicts:
        observed = (
            "" if row["is_enforced"] or row["verdict"] == "pass" else " (observed, not blocking)"
        )
        output.verdict(f"  {row['product']}: {row['verdict'].upper()}{observed}", row["verdict"])
        for reason in (r for r in reasons if r["product"] == row["product"]):
            output.line(f"    {_words(reason)}")
    if not verdicts:
        output.line("  unknown: no release rule could be judged")
    output.line()


def _words(reason: "Row") -> str:
    rule = reason["rule"].replace("_", " ")
    return f"{rule}: {reason['status']}, {reason['reason']} [{reason['mode']}]"


def show_gaps(published: "Marts", limit: int = 10) -> None:
    """Print the first gaps of all products together."""
    from gapsight.cli import output
    from gapsight.cli.gaps import columns, top_gaps, why_none

    rows = top_gaps(published, limit=limit)
    output.line(f"Top {len(rows)} gaps" if rows else "No gaps found", "bold")
    if rows:
        output.table(rows, columns(rows))
    else:
        output.line(f"  {why_none(published)}")
    output.line()


def _show_run(result: "RunResult", place: options.Place) -> None:
    from gapsight.cli import output

    for warning in result.warnings:
        output.verdict(f"warning: {warning}", "warning")
    times = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in result.seconds.items())
    files = f"{result.files_loaded:,} of {result.files_listed:,} files were new or changed"
    workspace = f" --workspace {place.workspace}" if place.workspace else ""
    day = f" --as-of {place.as_of}" if place.as_of else ""
    unreadable = f"{len(result.unreadable):,} files unreadable"
    counts = f"{result.rows:,} rows, {result.rejected:,} rejected, {unreadable}"
    output.line(f"loaded     {files}; {counts}")
    if result.removed:
        each = ", ".join(f"{name} {count:,}" for name, count in result.removed.items())
        output.line(
            f"removed    {sum(result.removed.values()):,} inbox files by retention ({each});"
            " their rows stay"
        )
    output.line(f"time       {times}, in all {sum(result.seconds.values()):.1f} s")
    output.line(
        f"published  {_near(result.published)} (marts.duckdb, parquet/, topn_gaps.csv, summary.json)"
    )
    if result.log.stat().st_size:  # a run that changed nothing has nothing to write down
        output.line(f"log        {_near(result.log)}")
    output.line(f"UI         make dev, or: gapsight dev{workspace}  ->  http://127.0.0.1:3000")
    output.line(f"explain    gapsight scores FLOW{workspace}{day}")


def _near(path: Path) -> Path:
    """Return the path as seen from here, where it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
