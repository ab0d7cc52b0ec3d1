"""`gapsight scores --sensitivity`: whether the Top-N would be another list with other weights."""

from typing import TYPE_CHECKING

from gapsight.cli.errors import CliError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gapsight.cli.marts import Marts
    from gapsight.cli.output import Column, Format, Row

_WEIGHTS = """
    select
        input, direction, weight, weight_tried, top_flows, staying, share_staying, flows_leaving,
        flows_entering, largest_rank_shift, decisions_changed, flows_decided_otherwise, as_of
    from rpt_rank_sensitivity
    order by share_staying, largest_rank_shift desc, decisions_changed desc, input, direction desc
"""
_FLOWS = """
    select
        flow, title, product, owner, risk, risk_lowest, risk_highest, risk_rank, rank_best, rank_worst,
        is_top, variants, variants_in_top, decision, variants_decided_otherwise, as_of
    from rpt_flow_sensitivity
    order by risk_rank
"""


def show(
    published: "Marts", form: "Format", *, flow: str | None = None, product: str | None = None
) -> None:
    """Print what each weight would change, and of the flows those that are ever in the list.

    As CSV the rows of the weights only: two tables are no one table. CliError for an unknown flow.
    """
    from gapsight.cli import output
    from gapsight.seeds.files import did_you_mean

    weights = published.rows(_WEIGHTS)
    every = published.rows(_FLOWS)
    flows = [row for row in every if flow in (None, row["flow"])]
    flows = [row for row in flows if product in (None, row["product"])]
    if flow is not None and not flows:
        where = f" in product '{product}'" if product else ""
        near = did_you_mean(flow, [row["flow"] for row in every])
        raise CliError(
            f"there is no flow '{flow}'{where}{near}", "" if near else "list them: gapsight scores"
        )
    if form == "json":
        output.as_json({"weights": weights, "flows": flows})
        return
    if form == "csv":
        output.table(weights, _weight_columns(), form)
        return
    for words in _summary(weights, every):
        output.line(words, form=form)
    output.line()
    output.table(weights, _weight_columns(), form)
    output.line()
    # A flow that is never in the list and is asked for by no name says nothing of the list.
    output.table(
        [row for row in flows if flow or row["variants_in_top"] or row["is_top"]],
        _flow_columns(),
        form,
    )


def _summary(weights: "Sequence[Row]", flows: "Sequence[Row]") -> "Iterator[str]":
    if not weights:
        yield "no scores: the flow catalogue names no flow; see gapsight seeds check"
        return
    top = weights[0]["top_flows"]
    fewest = min(row["staying"] for row in weights)
    listed = [row for row in flows if row["is_top"]]
    always = sum(row["variants_in_top"] == row["variants"] for row in listed)
    yield (
        f"Top {top} by risk as of {weights[0]['as_of']}: at least {fewest} of {top} stay whichever"
        f" weight is varied; {always} of {len(listed)} listed flows stay in all {len(weights)} variants"
    )
    changed = max(row["decisions_changed"] for row in weights)
    yield f"decisions: at most {changed} change in one variant"


def _weight_columns() -> "list[Column]":
    from gapsight.cli.output import Column, number, percent, text, words

    return [
        words("input", "input"),
        Column("weight", lambda row: f"{row['weight']:g} -> {row['weight_tried']:g}", right=True),
        number("stay", "staying"),
        percent("share", "share_staying"),
        text("leave", "flows_leaving"),
        text("enter", "flows_entering"),
        number("largest shift", "largest_rank_shift"),
        number("decisions", "decisions_changed"),
    ]


def _flow_columns() -> "list[Column]":
    from gapsight.cli.output import Column, number, text, words

    return [
        number("#", "risk_rank"),
        text("flow", "flow"),
        text("product", "product", "none", minor=True),
        number("risk", "risk", 1),
        Column(
            "over variants",
            lambda row: f"{row['risk_lowest']:.1f}..{row['risk_highest']:.1f}",
            right=True,
        ),
        Column("ranks", lambda row: f"{row['rank_best']}..{row['rank_worst']}", right=True),
        Column("in top", lambda row: f"{row['variants_in_top']} of {row['variants']}", right=True),
        words("decision", "decision"),
        number("decided otherwise", "variants_decided_otherwise"),
    ]
