"""`gapsight trend`: whose risk moved since last week, and why."""

from typing import TYPE_CHECKING

import click

from gapsight.cli import options
from gapsight.cli.errors import CliError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapsight.cli.marts import Marts
    from gapsight.cli.output import Column, Format, Row, Show

_MOVED = """
    with why as (
        select
            entity,
            string_agg(
                replace(input, '_', ' ') || ' ' || printf('%+.1f', points_moved)
                || case when cause in ('value', 'none') then '' else ' (' || replace(cause, '_', ' ') || ')' end,
                ', ' order by move_rank
            ) as why
        from rpt_risk_changes
        where grain = 'flow' and runtime = 'all' and abs(points_moved) >= 0.05 and move_rank <= 3
        group by entity
    )
    select
        trend.entity as flow, scores.product, scores.owner, trend.risk, trend.risk_before, trend.risk_moved,
        trend.decision, trend.decision_before, trend.compared_with, why.why, trend.as_of
    from rpt_risk_trend as trend
    inner join fct_risk_scores as scores
        on trend.entity = scores.entity and trend.grain = scores.grain and trend.runtime = scores.runtime
    left join why on trend.entity = why.entity
    where
        trend.grain = 'flow' and trend.runtime = 'all' and trend.as_of = scores.as_of
        and trend.compared_with is not null
        and ($product is null or scores.product = $product)
    order by abs(trend.risk_moved) desc, trend.entity
    limit $limit
"""
_DAYS = """
    select as_of, risk, risk_moved, decision, usage_p95, coverage, known_weight, weights_valid_from, kept_by
    from rpt_risk_trend
    where grain = 'flow' and runtime = 'all' and entity = $flow
    order by as_of
"""
_INPUTS = """
    select
        input, raw_before, raw_now, points_before, points_now, points_moved, cause, compared_with
    from rpt_risk_changes
    where grain = 'flow' and runtime = 'all' and entity = $flow
    order by move_rank
"""


@click.command(
    short_help="Whose risk moved since last week, and which input moved it.",
    epilog="""\b
Example: gapsight trend
         gapsight trend checkout --format csv""",
)
@click.argument("flow", required=False)
@click.option("--product", help="Only the flows of this product.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many flows.  [default: all]")
@options.form("text", "json", "csv", "markdown")
@options.place("marts")
def trend(
    *,
    place: options.Place,
    flow: str | None,
    product: str | None,
    limit: int | None,
    form: "Format",
) -> None:
    """List the flows by how far their risk moved in about a week, with the inputs that moved it.

    With FLOW: its risk on every kept day, and what each input moved. A day is kept by each run; days before the first
    run come from gapsight run --replay-history.

    Exit code 0: it is listed, also where there is nothing to list; 3: there is no such flow, or nothing is published.
    """
    from gapsight.cli import output
    from gapsight.cli.gaps import check_product

    with place.open_marts() as published:
        check_product(published, product)
        if flow is not None:
            _one(published, flow, form=form)
            return
        rows = published.rows(_MOVED, product=product, limit=limit)
    output.table(rows, _moved_columns(), form)
    if not rows:
        output.note(
            "no day is kept that lies a week back: every run keeps one, and"
            " gapsight run --replay-history weekly computes those of before"
        )


def _one(published: "Marts", flow: str, *, form: "Format") -> None:
    from gapsight.cli import output
    from gapsight.seeds.files import did_you_mean

    days = published.rows(_DAYS, flow=flow)
    if not days:
        names = "select entity from fct_risk_scores where grain = 'flow' order by 1"
        known = [row["entity"] for row in published.rows(names)]
        near = did_you_mean(flow, known)
        raise CliError(
            f"there is no flow '{flow}'{near}", "" if near else "list them: gapsight scores"
        )
    inputs = published.rows(_INPUTS, flow=flow)
    if form == "json":
        output.as_json({"days": days, "inputs": inputs})
        return
    output.table(days, _day_columns(), form)
    if form == "csv" or not inputs:
        return
    output.line(form=form)
    output.line(f"Points moved since {inputs[0]['compared_with']}", form=form)
    output.table([*inputs, _total(inputs)], _input_columns(), form)


def _total(inputs: "Sequence[Row]") -> "Row":
    names = ("points_before", "points_now", "points_moved")
    sums = {n: sum(row[n] for row in inputs if row[n] is not None) for n in names}
    return {"input": "risk", "cause": "", "raw_before": None, "raw_now": None, **sums}


def _moved_columns() -> "list[Column]":
    from gapsight.cli.output import Column, number, text

    return [
        text("flow", "flow"),
        text("product", "product", "none", minor=True),
        number("risk", "risk", 1),
        Column("moved", _signed("risk_moved"), right=True),
        text("since", "compared_with"),
        Column("decision", _decision),
        text("why", "why", "nothing moved it"),
        text("owner", "owner", "none", minor=True),
    ]


def _decision(row: "Row") -> str:
    now, before = str(row["decision"]), str(row["decision_before"])
    told = now if now == before else f"{before} -> {now}"
    return told.replace("_", " ")


def _signed(key: str) -> "Show":
    def show(row: "Row") -> str:
        return "" if row.get(key) is None else f"{row[key]:+.1f}"

    return show


def _day_columns() -> "list[Column]":
    from gapsight.cli.output import Column, number, percent, text, words

    return [
        text("day", "as_of"),
        number("risk", "risk", 1),
        Column("moved", _signed("risk_moved"), right=True),
        words("decision", "decision"),
        number("p95/day", "usage_p95"),
        percent("coverage", "coverage", missing="unmeasured"),
        percent("known", "known_weight"),
        text("weights of", "weights_valid_from", minor=True),
        text("kept by", "kept_by", minor=True),
    ]


def _input_columns() -> "list[Column]":
    from gapsight.cli.output import Column, number, words

    return [
        words("input", "input"),
        number("was", "raw_before", 3, missing=""),
        number("is", "raw_now", 3, missing=""),
        number("points then", "points_before", 2, missing=""),
        number("now", "points_now", 2),
        Column("moved", _signed("points_moved"), right=True),
        words("why", "cause"),
    ]
