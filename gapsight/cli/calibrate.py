"""`gapsight calibrate`: other weights, proposed from the past."""

from typing import TYPE_CHECKING

import click

from gapsight.cli import options
from gapsight.cli.errors import Exit

if TYPE_CHECKING:
    from gapsight.backtest.calibrate import Proposal
    from gapsight.cli.output import Column, Format


@click.command(
    short_help="Propose other weights of the score, if the past speaks for them.",
    epilog="Example: gapsight calibrate --format json",
)
@options.form("text", "json", "csv", "markdown")
@options.place("marts")
def calibrate(*, place: options.Place, form: "Format") -> int:
    """Fit the nine weights to the quarters of the back-test, and try them on quarters they were not fitted to.

    Nothing is changed: whoever accepts a proposal writes it into seeds/score_weights.csv, with a new valid_from.
    Without enough quarters, events and flows, or without a gain that holds in two thirds of the quarters, there is no
    proposal, with the reason. Exit code 0: a proposal; 1: the weights in force are as good; 2: too little history.
    """
    from gapsight.backtest.calibrate import propose
    from gapsight.cli import output
    from gapsight.cli.backtest import past_of

    with place.open_marts() as published:
        proposal = propose(*past_of(published))
    if form == "json":
        output.as_json(proposal.document())
    else:
        output.table(proposal.rows(), _columns(), form)
        _explain(proposal, form)
    if proposal.refused is None:
        return Exit.OK
    output.note(f"no proposal: {proposal.refused}")
    return Exit.FINDINGS if proposal.validated else Exit.UNKNOWN


def _explain(proposal: "Proposal", form: "Format") -> None:
    from gapsight.cli import output
    from gapsight.cli.output import number, text

    if form == "csv" or not proposal.validated:
        return
    output.line(form=form)
    output.line(
        f"Tried on {len(proposal.validated)} of {proposal.quarters} quarters ({proposal.events} defects and"
        f" incidents in all), each with weights fitted to the quarters before it; mean gain {proposal.gain:+.3f}",
        form=form,
    )
    rows = [{**vars(one), "gain": one.gain} for one in proposal.validated]
    columns = [
        text("quarter from", "begins"),
        number("auc now", "auc_now", 3),
        number("auc proposed", "auc_proposed", 3),
        number("gain", "gain", 3),
    ]
    output.table(rows, columns, form)


def _columns() -> "list[Column]":
    from gapsight.cli.output import number, words

    return [
        words("input", "input"),
        number("weight now", "weight_now", 2),
        number("proposed", "weight_proposed", 2),
    ]
