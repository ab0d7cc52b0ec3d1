"""`gapsight what-if`: what would follow from other weights and thresholds, tried out in a copy."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gapsight.cli import options
from gapsight.cli.errors import CliError, Exit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from gapsight.cli.output import Column, Format, Row
    from gapsight.whatif.asked import Difference, Value
    from gapsight.whatif.compare import Outcome
    from orchestration.trial import Trial

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHOWN = 10
_AS_OF = "select as_of from intermediate.int_run__as_of"
_IN_FORCE = {
    "score_weights": "select input, weight, log_reference, valid_from from intermediate.int_weights__in_force",
    "thresholds": "select name, value, mode, valid_from from intermediate.int_thresholds__in_force",
}


@click.command(
    "what-if",
    short_help="What would follow from other weights or thresholds.",
    epilog="""\b
Example: gapsight what-if --set usage=25 --set change_rate=5
         gapsight what-if --threshold top_n=5 --threshold release_coverage.mode=block
         gapsight what-if --weights seeds/score_weights.csv     # edited, not run yet
Exit codes: 0 nothing would flip, 1 something would, 3 wrong usage or nothing to compare with
How stable the list is under +-20 % of each weight: gapsight scores --sensitivity""",
)
@click.option(
    "--set",
    "weights",
    multiple=True,
    metavar="INPUT=WEIGHT",
    help="Another weight of an input of the risk score, or INPUT.log_reference=VALUE; may be repeated.",
)
@click.option(
    "--weights",
    "weights_file",
    type=_FILE,
    metavar="FILE",
    help="Rows as in seeds/score_weights.csv; inputs it leaves out stay as they are in force.",
)
@click.option(
    "--threshold",
    "thresholds",
    multiple=True,
    metavar="NAME=VALUE",
    help="Another threshold, or NAME.mode=observe|warn|block; may be repeated.",
)
@click.option(
    "--thresholds",
    "thresholds_file",
    type=_FILE,
    metavar="FILE",
    help="Rows as in seeds/thresholds.csv; names it leaves out stay as they are in force.",
)
@click.option("--all", "every", is_flag=True, help="Every flow that moves, not the first ten.")
@options.form("text", "json", "csv", "markdown")
@options.place("as_of")
def what_if(*, place: options.Place, every: bool, form: "Format", **given: Any) -> int:
    """Show what would follow from other weights or thresholds: nothing is changed by it.

    Which flows enter and leave the Top-N by risk and the Top-N gaps, which decisions, release rules,
    release verdicts and flake verdicts become others, and how R and rank of each flow move. The values count as
    in force on the day that is published, whatever valid_from a file gives them (of several rows of one
    name the last). They are compared with the last run; seeds, warehouse and published files stay as they
    are: the models are built in a temporary copy. A flow that moves and crosses no line is no flip.
    """
    from gapsight.cli.progress import showing_progress
    from orchestration.trial import trial

    asked = _asked(**given)
    settings = place.settings()
    if place.as_of:
        settings = settings.at(place.as_of)
    with showing_progress() as progress, trial(settings, progress) as copy:
        as_of = copy.rows(_AS_OF)[0]["as_of"]
        tried = _tried(asked, copy)
    _show(tried, as_of, form, every=every)
    return Exit.FINDINGS if tried.outcome.flips else Exit.OK


@dataclass(frozen=True)
class _Tried:
    differences: "list[Difference]"
    outcome: "Outcome"
    top_n: float
    is_rebuilt: bool
    """The other side is no run's, but a build of what is there now."""


def _asked(
    *,
    weights: "Sequence[str]",
    thresholds: "Sequence[str]",
    weights_file: Path | None,
    thresholds_file: Path | None,
) -> "list[Value]":
    """All values, those of files first; CliError for what cannot be meant."""
    from gapsight.whatif import asked

    mistakes: list[str] = []
    found: list[Value] = []
    reads: list[Callable[[], list[Value]]] = []
    for seed, file, given in (
        (asked.WEIGHTS, weights_file, weights),
        (asked.THRESHOLDS, thresholds_file, thresholds),
    ):
        reads += [partial(asked.from_file, seed, file)] if file else []
        reads.append(partial(asked.from_options, seed, given))
    for read in reads:
        try:
            found += read()
        except asked.AskedError as error:
            mistakes.append(str(error))
    if mistakes:
        raise CliError("\n".join(mistakes))
    if not found:
        raise CliError(
            "nothing to try out", "say what: --set usage=25, --threshold top_n=5, or --weights FILE"
        )
    return found


def _tried(values: "list[Value]", copy: "Trial") -> _Tried:
    """Build with the values and compare; on both sides with today's data and code."""
    from gapsight.whatif import asked
    from gapsight.whatif.compare import MARTS, Outcome, compare, read_state

    in_force = {seed: copy.rows(query) for seed, query in _IN_FORCE.items()}
    try:
        rows, differences = asked.merged(values, in_force)
    except asked.AskedError as error:
        raise CliError(str(error)) from error
    is_rebuilt = bool(differences) and not copy.is_current
    select = [
        f"{seed}+,+{mart}" for seed in sorted({d.seed for d in differences}) for mart in MARTS
    ]
    if is_rebuilt:
        _check(
            copy.build(in_force, select), "the models do not fit the last run", "gapsight run first"
        )
    before = read_state(copy.rows)
    if not differences:
        return _Tried([], Outcome([], []), before.top_n, is_rebuilt)
    what = ", ".join(f"{d.name} {d.column} {d.after}" for d in differences)
    _check(copy.build(rows, select), f"the models cannot be built with {what}", "try other values")
    after = read_state(copy.rows)
    return _Tried(differences, compare(before, after), after.top_n, is_rebuilt)


def _check(problems: "list[str]", what: str, hint: str) -> None:
    if problems:
        raise CliError("\n".join([f"{what}:", *problems[:_SHOWN]]), hint)


def _show(tried: _Tried, as_of: "date", form: "Format", *, every: bool) -> None:
    from gapsight.cli import output

    flips, moved = tried.outcome.flips, tried.outcome.moved
    if form == "json":
        changes = [vars(difference) for difference in tried.differences]
        shown = {"as_of": as_of, "changes": changes, "flips": flips, "moved": moved}
        output.as_json(shown | {"is_rebuilt": tried.is_rebuilt})
        return
    few = form == "text" and not every
    rows = [*flips, *(moved[:_SHOWN] if few else moved)]
    if form in {"text", "markdown"}:
        output.line(f"What if, as of {as_of}:", "bold", form=form)
        for one in tried.differences:
            output.line(f"  {one.name} {one.column} {one.before} -> {one.after}", form=form)
        output.line()
    if rows or form == "csv":
        output.table(rows, _columns(), form)
    if few and len(moved) > _SHOWN:
        output.line(f"... and {len(moved) - _SHOWN} more flows that move: --all")
    _say(tried)


def _say(tried: _Tried) -> None:
    from gapsight.cli import output

    flips, moved = tried.outcome.flips, tried.outcome.moved
    if tried.is_rebuilt:
        output.note(
            "files, seeds or code changed since the last run: both sides were built from what is there now"
        )
    if not tried.differences:
        output.note("these values are in force already: nothing would change")
    elif not flips and not moved:
        output.note("nothing would flip, and no score would move")
    else:
        output.note(f"{len(flips)} would flip, {len(moved)} flows would move")


def _columns() -> "list[Column]":
    from gapsight.cli.output import Column, text, words

    return [
        text("change", "change"),
        text("flow or rule", "name"),
        text("product", "product", minor=True),
        words("before", "before"),
        words("after", "after"),
        Column("risk", lambda row: _pair(row, "risk", ".1f"), right=True),
        Column("rank", lambda row: _pair(row, "rank", "d"), right=True),
    ]


def _pair(row: "Row", key: str, digits: str) -> str:
    values = [row[f"{key}_before"], row[f"{key}_after"]]
    if values == [None, None]:
        return ""
    return " -> ".join("none" if value is None else format(value, digits) for value in values)
