"""`gapsight backtest`: whether the score was right in the past."""

from typing import TYPE_CHECKING

import click

from gapsight.cli import options
from gapsight.cli.errors import CliError, Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapsight.backtest.cases import Quarter, Rules
    from gapsight.backtest.trial import Trial
    from gapsight.cli.marts import Marts
    from gapsight.cli.output import Column, Format, Row


@click.command(
    short_help="Was the score right: past rankings against what happened after them.",
    epilog="Example: gapsight backtest --top 5",
)
@click.option(
    "--top",
    type=click.IntRange(min=1),
    help="Size of the Top-N.  [default: a fifth of the flows, at most threshold top_n]",
)
@options.form("text", "json", "csv", "markdown")
@options.place("marts")
def backtest(*, place: options.Place, top: int | None, form: "Format") -> int:
    """Rank the flows by the risk that was told at the beginning of past quarters, and count what followed.

    What followed: defects and incidents of the next 91 days, weighted by severity. recall: the share of it that lay
    in the Top-N; lift: how many times more than chance; auc: the chance that a flow with an outcome stands above one
    without. Two controls, a random ranking and shuffled outcomes, must stay near a lift of 1. Exit code 2: there is
    too little history to say anything.
    """
    from gapsight.backtest.trial import try_out
    from gapsight.cli import output

    with place.open_marts() as published:
        quarters, rules = past_of(published)
    trial = try_out(quarters, rules, top_n=top)
    if form == "json":
        output.as_json(_document(trial))
    elif trial.refused is None:
        _show(trial, form)
    if trial.refused:
        output.note(f"no back-test: {trial.refused}")
        return Exit.UNKNOWN
    return Exit.OK


def past_of(published: "Marts") -> "tuple[list[Quarter], Rules]":
    """The quarters that are over, and the rules to judge them by."""
    from gapsight.backtest.cases import CASES, NEEDED, RULES, quarters_of, rules_of

    rules = rules_of(published.rows(RULES))
    if missing := NEEDED - rules.thresholds.keys():
        raise CliError(
            f"what is published knows no threshold {min(missing)}", "publish it again: gapsight run"
        )
    return quarters_of(published.rows(CASES)), rules


def _show(trial: "Trial", form: "Format") -> None:
    from gapsight.cli import output

    if form == "csv":
        output.table([vars(figure) for figure in trial.figures], (), form)
        return
    flows = max(len(quarter.flows) for quarter in trial.quarters)
    replayed = sum(quarter.is_replayed for quarter in trial.quarters)
    output.line(
        f"{len(trial.quarters)} quarters of {flows} flows, {trial.events} defects and incidents,"
        f" Top {trial.top_n}",
        form=form,
    )
    if replayed:
        output.line(
            f"{replayed} of the quarters begin with scores that were computed afterwards (replay)",
            form=form,
        )
    output.line(form=form)
    output.table([vars(figure) for figure in trial.figures], _columns(), form)
    output.line(form=form)
    output.table(_by_quarter(trial), _quarter_columns(), form)


def _columns() -> "list[Column]":
    from gapsight.cli.output import number, percent, text

    return [
        text("ranking", "ranking"),
        percent("recall", "recall"),
        number("lift", "lift", 2),
        number("± lift", "lift_spread", 2),
        text("over", "spread_over"),
        number("auc", "auc", 3),
    ]


def _by_quarter(trial: "Trial") -> "Sequence[Row]":
    from gapsight.backtest.measures import auc, lift_at, recall_at

    return [
        {
            "begins": quarter.begins,
            "events": quarter.events,
            "recall": recall_at(trial.top_n, quarter.risk, quarter.outcomes),
            "lift": lift_at(trial.top_n, quarter.risk, quarter.outcomes),
            "auc": auc(quarter.risk, quarter.outcomes),
            "usage_auc": auc(quarter.inputs["usage"], quarter.outcomes),
            "kept_by": "replay" if quarter.is_replayed else "run",
        }
        for quarter in trial.quarters
    ]


def _quarter_columns() -> "list[Column]":
    from gapsight.cli.output import number, percent, text

    return [
        text("quarter from", "begins"),
        number("events", "events"),
        percent("recall of R", "recall"),
        number("lift", "lift", 2),
        number("auc", "auc", 3),
        number("auc of usage", "usage_auc", 3),
        text("scores by", "kept_by"),
    ]


def _document(trial: "Trial") -> dict[str, object]:
    return {
        "refused": trial.refused,
        "top_n": trial.top_n,
        "quarters": _by_quarter(trial),
        "events": trial.events,
        "rankings": [vars(figure) for figure in trial.figures],
    }
