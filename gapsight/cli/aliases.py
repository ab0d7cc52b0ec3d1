"""`gapsight aliases`: tests that may be one under two names, for people to accept."""

import csv
import shlex
import sys
from typing import TYPE_CHECKING

import click

from gapsight.cli import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapsight.cli.output import Column, Format, Row

_PROPOSALS = """
    select
        old_id, new_id, status, evidence, confidence, repo, similarity, rivals, has_same_variants,
        duration_ratio, shared_failures, old_last_day, old_last_sha, new_first_day, new_first_sha
    from rpt_test_alias_proposals
    where confidence >= $confidence and (status = 'proposed' or $every)
    order by status = 'proposed' desc, confidence desc, old_id, new_id
"""
_WHY = {
    "file_renamed": "its file was renamed",
    "moved_together": "most tests of its file or class moved with it",
    "moved": "no other test has this name",
    "respelled": "the same letters in the same place",
    "renamed": "a like name, and no line changed but names",
    "same_name": "the same name elsewhere, no more",
    "like_name": "a like name in the same place, no more",
}


@click.group(
    short_help="Find renamed and moved tests.",
    epilog="Example: gapsight aliases propose --marts https://example.com/marts.duckdb",
)
def aliases() -> None:
    """Keep the history of tests that were renamed or moved (the seed test_aliases)."""


@aliases.command(
    short_help="Tests that went, with the ones that came in their place.",
    epilog="""\b
Example: gapsight aliases propose
         gapsight aliases propose --format csv --accepted-by qa-team >> seeds/test_aliases.csv""",
)
@click.option(
    "--min-confidence",
    "confidence",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Leave out what is less certain.",
)
@click.option("--all", "every", is_flag=True, help="Also what is ambiguous or unproven.")
@click.option("--accepted-by", help="Written into the rows of --format csv.")
@options.form("text", "json", "csv", "markdown")
@options.place("as_of", "marts")
def propose(
    *,
    place: options.Place,
    confidence: float,
    every: bool,
    accepted_by: str | None,
    form: "Format",
) -> None:
    """List tests that disappeared and the ones that are the same under another name, as last published.

    Only what is proven is proposed: what is ambiguous or just alike comes with --all, and never in
    --format csv, whose lines are rows for seeds/test_aliases.csv, without its header. Nothing is
    joined before a person accepts it.
    """
    from gapsight.cli import output

    with place.open_marts() as marts:
        rows = marts.rows(_PROPOSALS, confidence=confidence, every=every)
    if form == "csv":
        _seed_rows(rows, accepted_by or "")
    else:
        output.table(rows, _columns(every=every), form)
    if form == "text":
        output.note(_next(rows, place))


def _seed_rows(rows: "Sequence[Row]", accepted_by: str) -> None:
    from gapsight.cli.hostile import for_csv

    writer = csv.writer(sys.stdout, lineterminator="\n")
    for row in rows:
        if row["status"] == "proposed":
            writer.writerow(map(for_csv, (row["old_id"], row["new_id"], accepted_by)))


def _columns(*, every: bool) -> "list[Column]":
    from gapsight.cli.output import Column, percent, text

    status = [text("status", "status")] if every else []
    return [
        *status,
        text("old id", "old_id"),
        text("new id", "new_id"),
        percent("sure", "confidence"),
        Column("because", lambda row: _WHY.get(row["evidence"], str(row["evidence"]))),
        text("since", "new_first_day", minor=True),
    ]


def _next(rows: "Sequence[Row]", place: options.Place) -> str:
    proposed = [row for row in rows if row["status"] == "proposed"]
    if not proposed:
        return "no renamed or moved test is proposed; gapsight aliases propose --all shows what is only alike"
    where = f" --workspace {shlex.quote(str(place.workspace))}" if place.workspace else ""
    return (
        f"{len(proposed)} proposed; accept one: gapsight seeds accept test_alias OLD NEW"
        f" --accepted-by TEAM{where}, all: gapsight seeds accept --kind test_alias --accepted-by TEAM{where}"
    )
