"""`gapsight compact`: small parts of days that are over in one file each."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from gapsight.cli import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapsight.cli.output import Column, Format
    from orchestration.compacting import Compacted


@click.command(
    short_help="Put the small lake parts of finished days into one file each.",
    epilog="Example: gapsight compact --dry-run",
)
@click.option("--dry-run", is_flag=True, help="Say what would be put together, and change nothing.")
@options.form("text", "json", "csv", "markdown")
@options.place()
def compact(*, place: options.Place, dry_run: bool, form: "Format") -> int:
    """Put the small parts of each source, table and finished day of the lake into one file.

    Each load does so with what it touched; this is for the rest: what an earlier version left, or a
    load that was killed. No row changes and nothing is built again. It may be stopped at any time and
    called again. Loads wait until it is done. Exit code 0.
    """
    from gapsight.cli import output
    from gapsight.cli.progress import showing_progress
    from orchestration import compacting

    settings = place.settings()
    with showing_progress() as progress:
        found = compacting.compact(settings, dry_run=dry_run, progress=progress)
    if found or form != "text":
        output.table([asdict(one) for one in found], _columns(), form)
    if form == "text":
        output.line(_summary(found, dry_run=dry_run))
    return 0


def _summary(found: "Sequence[Compacted]", *, dry_run: bool) -> str:
    before, after = sum(one.parts_before for one in found), sum(one.parts_after for one in found)
    if not before:
        return "nothing to put together: the small parts of each finished day are in one file"
    what = "would become" if dry_run else "became"
    return f"{before:,} parts {what} {after:,}; no row changed"


def _columns() -> "list[Column]":
    from gapsight.cli.output import Column, number, text
    from gapsight.health.disk import in_units

    return [
        text("table", "table"),
        number("days", "days"),
        number("parts", "parts_before"),
        number("become", "parts_after"),
        Column("size", lambda row: in_units(row["bytes"]), right=True),
    ]
