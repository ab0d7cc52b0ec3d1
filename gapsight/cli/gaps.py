"""`gapsight gaps`: where the next test is worth most."""

from typing import TYPE_CHECKING

import click

from gapsight.cli import options
from gapsight.cli.errors import CliError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapsight.cli.marts import Marts
    from gapsight.cli.output import Column, Format, Row

_FLOWS = """
    with gaps as (
        select
            *,
            string_agg(gap_type, ', ' order by gap_rank) over (
                partition by flow, runtime order by gap_rank
                rows between unbounded preceding and unbounded following
            ) as gap_types
        from fct_top_gaps
        where $product is null or product = $product
    )
    select
        -- Over all products first what is top over all, then what is top in its own product only.
        row_number() over (
            order by $product is null and rank_overall is null, gap_rank, flow, runtime
        ) as rank, flow, runtime, product, owner,
        gap_types, gap_score, risk, risk_low, risk_high, usage_p95, coverage, exposure, decision,
        dominant_platform, gap_id, ticket_title, ticket_body, ticket_labels,
        ticket_key, ticket_status, ticket_url, as_of
    from gaps
    where is_primary
    order by rank
    limit $limit
"""
_EVERY = """
    select
        gap_rank as rank, flow, runtime, product, owner, gap_type as gap_types, gap_score, risk,
        risk_low, risk_high, usage_p95, coverage, exposure, decision, dominant_platform, gap_id,
        ticket_title, ticket_body, ticket_labels, ticket_key, ticket_status, ticket_url, as_of,
        is_primary, rank_overall, rank_in_product
    from fct_top_gaps
    where $product is null or product = $product
    order by gap_rank, gap_id
    limit $limit
"""

_KNOWN = """
    select
        count(*) as flows, count(usage_p95) as used, max(as_of) as as_of,
        (select max(day) from fct_usage_daily) as last_usage_day
    from fct_risk_scores
    where grain = 'flow' and runtime = 'all' and status = 'active'
"""
_NEWER = """
    select string_agg(distinct source, ', ' order by source) as sources
    from rpt_freshness
    where last_day = $as_of and family <> 'usage'
"""
_LONG_AGO = 7
"""Days: usage that ended longer before the as-of day no longer fills usage_min_loaded_days."""


@click.command(
    short_help="The flows that need tests most, and why.",
    epilog="Example: gapsight gaps --product shop --limit 5 --format markdown",
)
@click.option("--product", help="Only the flows of this product.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    help="At most so many rows.  [default: 10; with --all, all]",
)
@click.option("--all", "every", is_flag=True, help="Every gap, instead of one row per flow.")
@options.form("text", "json", "csv", "markdown")
@options.place("as_of", "marts")
def gaps(
    *, place: options.Place, product: str | None, limit: int | None, every: bool, form: "Format"
) -> None:
    """List the Top-N gaps: flows with much usage and little coverage, many defects or much revenue.

    One row per flow with all its gap types, ranked by its best-scoring gap, as last published.

    Exit code 0: it is listed, also where there is nothing to list; 3: nothing is published.
    """
    from gapsight.cli import output

    with place.open_marts() as published:
        check_product(published, product)
        rows = top_gaps(
            published, product=product, limit=limit or (None if every else 10), every=every
        )
        reason = None if rows else why_none(published)
    output.table(rows, columns(rows), form)
    if reason:
        output.note(f"no gaps: {reason}")


def top_gaps(
    published: "Marts", *, product: str | None = None, limit: int | None = 10, every: bool = False
) -> "Sequence[Row]":
    """Gaps by rank: one row per flow, or with `every` one per flow and gap type."""
    return published.rows(_EVERY if every else _FLOWS, product=product, limit=limit)


def why_none(published: "Marts") -> str:
    """Why there is nothing to list: most often something is not known yet, and a person can change that."""
    (counts,) = published.rows(_KNOWN)
    if not counts["flows"]:
        return "the flow catalogue is empty; draft one with gapsight init, or fill seeds/flow_catalog.csv"
    if not counts["used"]:
        last, as_of = counts["last_usage_day"], counts["as_of"]
        if last and (as_of - last).days > _LONG_AGO:
            (newer,) = published.rows(_NEWER, as_of=as_of)
            moved = f" (moved by newer {newer['sources']} files)" if newer["sources"] else ""
            return (
                f"usage is known until {last}, the as-of day is {as_of}{moved}:"
                f" gapsight run --as-of {last}, or load newer usage"
            )
        return (
            f"the usage of none of the {counts['flows']} flows is known: it takes usage_min_loaded_days"
            " days of usage that is mapped to flows (see gapsight doctor, rpt_unmapped)"
        )
    return "no flow has enough usage, defects or revenue at risk to be listed"


def check_product(published: "Marts", product: str | None) -> None:
    """End with the names there are when no scored flow belongs to the product."""
    if product is None:
        return
    query = "select distinct product from fct_risk_scores where product is not null order by 1"
    names = [row["product"] for row in published.rows(query)]
    if product not in names:
        there_are = f"there are: {', '.join(names)}" if names else "no flow names a product"
        raise CliError(f"no flow belongs to product '{product}'", there_are)


def columns(rows: "Sequence[Row]") -> "list[Column]":
    """How people read a gap; a ticket only where any of them has one."""
    from gapsight.cli.output import Column, bounded, number, percent, text, words

    return [
        number("#", "rank"),
        text("flow", "flow"),
        text("product", "product", "none", minor=True),
        Column("gaps", _short_types),
        number("score", "gap_score", 3),
        bounded("risk", "risk"),
        number("p95/day", "usage_p95"),
        percent("coverage", "coverage", missing="unmeasured"),
        words("decision", "decision", minor=True),
        text("owner", "owner", "none", minor=True),
        *(
            [Column("ticket", _ticket, minor=True)]
            if any(row["ticket_key"] for row in rows)
            else []
        ),
    ]


def _ticket(row: "Row") -> str:
    is_closed = row["ticket_status"] == "closed_but_gap_stands"
    return f"{row['ticket_key']} (closed)" if is_closed else str(row["ticket_key"] or "")


def _short_types(row: "Row") -> str:
    """Say `low coverage, high defects`: that the usage is high goes without saying in this list."""
    types = str(row["gap_types"] or "").split(", ")
    return ", ".join(name.removeprefix("high_usage_").replace("_", " ") for name in types)
