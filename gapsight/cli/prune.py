"""`gapsight prune`: remove inbox files that are older than the settings allow, as each run does."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from gapsight.cli import options
from gapsight.cli.errors import CliError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapsight.cli.output import Column, Format
    from orchestration.expiry import Expired


@click.command(
    short_help="Remove loaded inbox files that are older than keep_inbox_days.",
    epilog="Example: gapsight prune --dry-run",
)
@click.option("--dry-run", is_flag=True, help="Say how many files would go, and remove none.")
@options.form("text", "json", "csv", "markdown")
@options.place("as_of")
def prune(*, place: options.Place, dry_run: bool, form: "Format") -> int:
    """Remove what keep_inbox_days in gapsight.toml no longer allows; each `gapsight run` does it too.

    A file goes only if all its rows are in the lake, read by the present parser. The rows stay, and
    the ledger says that the file was removed by retention. Ages are counted to today, or to --as-of.
    `gapsight forget` removes rows. Exit code 0; 3 if the settings keep every file.
    """
    from gapsight.cli import output
    from gapsight.cli.progress import showing_progress
    from ingest.sources import all_sources
    from orchestration.days import today_in
    from orchestration.expiry import expire

    settings = place.settings()
    landed = [source for source in all_sources() if source.landed]
    if not any(settings.inbox_days(source.name) for source in landed):
        raise CliError(
            "gapsight.toml sets no keep_inbox_days: every inbox file is kept",
            "set it in [workspace], or in [sources.NAME] for one source",
        )
    today = place.as_of or today_in(settings.reporting_zone)
    found: list[Expired] = []
    with showing_progress() as progress:
        progress.stage("prune", None)
        for family in dict.fromkeys(source.family for source in landed):
            found += expire(settings, family, today, dry_run=dry_run, tick=progress.advance)
    if found or form != "text":
        output.table([asdict(one) for one in found], _columns(dry_run=dry_run), form)
    if form == "text":
        output.line(_summary(found, dry_run=dry_run))
    return 0


def _summary(found: "Sequence[Expired]", *, dry_run: bool) -> str:
    from gapsight.health.disk import in_units

    count, size = sum(one.removed for one in found), sum(one.bytes for one in found)
    what = "would be removed" if dry_run else "removed by retention"
    return f"{count:,} inbox files {what}, {in_units(size)}; their rows stay"


def _columns(*, dry_run: bool) -> "list[Column]":
    from gapsight.cli.output import Column, number, text
    from gapsight.health.disk import in_units

    return [
        text("source", "source"),
        number("keeps days", "keep_inbox_days"),
        number("would go" if dry_run else "removed", "removed"),
        Column("size", lambda row: in_units(row["bytes"]), right=True),
        Column(
            "stay although older",
            lambda row: ", ".join(f"{count} {why}" for why, count in sorted(row["kept"].items())),
        ),
    ]
