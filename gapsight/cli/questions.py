"""`gapsight questions`: what only a person knows of the flows."""

from typing import TYPE_CHECKING

import click

from gapsight.cli import options

if TYPE_CHECKING:
    from gapsight.cli.output import Column, Format, Row

REASONS = ("answer_two_questions", "never_observed", "no_owner", "no_component", "no_tests")

_QUESTIONS = """
    select
        row_number() over (order by attention_rank) as rank, flow, reason, product, owner, question,
        what_to_do, risk, decision, risk_if_yes, decision_if_yes, risk_if_no, decision_if_no,
        changes_decision, as_of
    from rpt_flow_attention
    where ($product is null or product = $product) and ($reason is null or reason = $reason)
    order by attention_rank
    limit $limit
"""


@click.command(
    short_help="What only you know of the flows, most useful first.",
    epilog="Example: gapsight questions --reason answer_two_questions --format csv",
)
@click.option("--product", help="Only the flows of this product.")
@click.option("--reason", type=click.Choice(REASONS), help="Only what is asked for this reason.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many rows.  [default: all]")
@options.form("text", "json", "csv", "markdown")
@options.place("as_of", "marts")
def questions(
    *,
    place: options.Place,
    product: str | None,
    reason: str | None,
    limit: int | None,
    form: "Format",
) -> None:
    """List the flows whose determinism waits for two answers, and those that lack an owner, tests or files.

    First the flows nobody has said of whether their surface is stable and whether they can be mocked, with the
    risk and the decision if the answers are yes and if they are no. Then flows that were never seen in
    production, have no owner, no component or no tests. As last published.

    Exit code 0: it is listed, also where there is nothing to list; 3: nothing is published.
    """
    from gapsight.cli import output
    from gapsight.cli.gaps import check_product

    with place.open_marts() as published:
        check_product(published, product)
        rows = published.rows(_QUESTIONS, product=product, reason=reason, limit=limit)
    output.table(rows, _columns(), form)
    if not rows:
        output.note("nothing to ask: every flow that was meant has its answers")


def _columns() -> "list[Column]":
    from gapsight.cli.output import Column, number, text, words

    return [
        number("#", "rank"),
        text("flow", "flow"),
        text("product", "product", "none", minor=True),
        words("why", "reason"),
        text("question", "question"),
        number("risk", "risk", 1),
        words("decision", "decision", minor=True),
        Column("if yes", lambda row: _then(row, "yes")),
        Column("if no", lambda row: _then(row, "no")),
        text("what to do", "what_to_do", minor=True),
    ]


def _then(row: "Row", answer: str) -> str:
    risk, decision = row[f"risk_if_{answer}"], row[f"decision_if_{answer}"]
    return "" if risk is None else f"{risk:.1f} {str(decision).replace('_', ' ')}"
