"""`gapsight plan`: which few gap tickets lower the risk that users are exposed to most."""

from dataclasses import dataclass
from math import fsum, inf
from typing import TYPE_CHECKING, Any

import click

from gapsight.cli import options
from gapsight.cli.errors import CliError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gapsight.cli.output import Column, Format, Row

_FLOWS = """
    select
        flow, title, product, owner, gap_id, gap_type, ticket_title, usage_p95, coverage,
        coverage_after, risk, risk_after, decision, weighted_risk, gain, effort_hours,
        gain_per_hour, plan_rank, plan_rank_per_hour, not_planned_reason, as_of
    from rpt_plan
    where $product is null or product = $product
    order by plan_rank, flow
"""
_NO_GAP = "no gap is listed for it"
_SHOWN = 20


@dataclass(frozen=True)
class Plan:
    """The flows of a catalogue, each in one of four places, and what the planned tickets buy."""

    planned: "Sequence[Row]"
    over_budget: "Sequence[Row]"
    hours_unknown: "Sequence[Row]"
    """Could be planned, if somebody said how long it takes; only where hours are counted."""
    not_planned: "Sequence[Row]"

    @property
    def total_before(self) -> float:
        """Exposure-weighted risk of all flows whose usage and R are known."""
        every = (*self.planned, *self.over_budget, *self.hours_unknown, *self.not_planned)
        return fsum(row["weighted_risk"] or 0.0 for row in every)

    @property
    def gain(self) -> float:
        """What the planned tickets take off it."""
        return fsum(row["gain"] for row in self.planned)

    @property
    def share_bought(self) -> float | None:
        """The gain as a share of the total; None where there is no risk to lower."""
        return self.gain / self.total_before if self.total_before > 0 else None

    def rows(self) -> "Iterator[Row]":
        """Every flow, with the place it has in the plan."""
        for place, rows in (
            ("planned", self.planned),
            ("over budget", self.over_budget),
            ("hours unknown", self.hours_unknown),
            ("not planned", self.not_planned),
        ):
            yield from ({"place": place, **row} for row in rows)


class _Hours(click.ParamType[float]):
    """Hours: a finite number, 0 or more."""

    name = "hours"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        from gapsight.seeds.values import number

        found = number(str(value))
        if found is None or found < 0:
            self.fail(f"'{value}' is no number of hours; write 0 or more, e.g. 40", param, ctx)
        return found


@click.command(
    short_help="The few gap tickets that lower risk most, within a budget.",
    epilog="""\b
Example: gapsight plan --budget 5
         gapsight plan --hours 40 --product shop --format markdown""",
)
@click.option("--budget", type=click.IntRange(min=0), metavar="N", help="At most so many tickets.")
@click.option(
    "--hours", type=_Hours(), metavar="H", help="At most so many hours of work (effort_hours)."
)
@click.option("--product", help="Only the flows of this product.")
@options.form("text", "json", "csv", "markdown")
@options.place("as_of", "marts")
def plan(
    *,
    place: options.Place,
    budget: int | None,
    hours: float | None,
    product: str | None,
    form: "Format",
) -> None:
    """Choose the gap tickets that lower exposure-weighted risk (uses a day x R / 100) most.

    One ticket per flow. Closing its gap means coverage at the release target, so R loses the points
    of coverage up to there; the gain is that times the uses a day. With --hours the tickets that
    gain most per hour come first, as long as they fit; flows whose hours nobody wrote into the
    catalogue are named apart, never taken as 0. Flows that no ticket is planned for are named with the
    reason.

    Exit code 0: a plan, also one of nothing; 3: nothing is published, or neither --budget nor --hours is given.
    """
    from gapsight.cli.gaps import check_product

    if budget is None and hours is None:
        raise CliError("a plan needs a budget", "say --budget N (tickets), --hours H, or both")
    with place.open_marts() as published:
        check_product(published, product)
        rows = published.rows(_FLOWS, product=product)
    _show(chosen(rows, budget=budget, hours=hours), form, budget=budget, hours=hours)


def chosen(rows: "Sequence[Row]", *, budget: int | None, hours: float | None) -> Plan:
    """Divide the flows: by gain, or by gain per hour as long as one fits into what is left."""
    planned: list[Row] = []
    over: list[Row] = []
    unknown: list[Row] = []
    for row in sorted(rows, key=lambda row: _place(row, by_hour=hours is not None)):
        if row["not_planned_reason"] is not None:
            continue
        if hours is not None and row["effort_hours"] is None:
            unknown.append(row)
            continue
        # Added up anew each time: a rest that shrinks step by step loses digits.
        fits_hours = hours is None or fsum(r["effort_hours"] for r in (*planned, row)) <= hours
        fits = fits_hours and (budget is None or len(planned) < budget)
        (planned if fits else over).append(row)
    return Plan(planned, over, unknown, [r for r in rows if r["not_planned_reason"] is not None])


def _place(row: "Row", *, by_hour: bool) -> tuple[float, float]:
    """The row's place in its own order; where it has none, that by gain."""
    ranks = [inf if row[key] is None else row[key] for key in ("plan_rank_per_hour", "plan_rank")]
    return (ranks[0], ranks[1]) if by_hour else (ranks[1], 0)


def _show(found: Plan, form: "Format", **given: Any) -> None:
    from gapsight.cli import output

    if form == "json":
        output.as_json(_as_data(found) | given)
        return
    if form == "csv":
        output.table(list(found.rows()), _columns(), form)
        return
    if found.planned:
        ranked = [{"#": number, **row} for number, row in enumerate(found.planned, 1)]
        output.table(ranked, _columns(), form)
        output.line()
    for words in _summary(found):
        output.line(words, form=form)


def _as_data(found: Plan) -> dict[str, Any]:
    names = ("planned", "over_budget", "hours_unknown", "not_planned")
    return {
        "as_of": _as_of(found),
        "total_before": found.total_before,
        "total_after": found.total_before - found.gain,
        "gain": found.gain,
        "share_bought": found.share_bought,
        **{name: getattr(found, name) for name in names},
    }


def _summary(found: Plan) -> "Iterator[str]":
    total, share = found.total_before, found.share_bought
    bought = "nothing to buy" if share is None else f"{100 * share:.1f} % bought"
    count = len(found.planned)
    yield (
        f"As of {_as_of(found)}, {count} ticket{'' if count == 1 else 's'}: exposure-weighted risk {total:,.1f} ->"
        f" {total - found.gain:,.1f} ({bought})"
    )
    hours = [row["effort_hours"] for row in found.planned]
    if hours and None not in hours:
        yield f"hours: {sum(hours):g}"
    if found.over_budget:
        yield f"over the budget: {_names(found.over_budget)}"
    if found.hours_unknown:
        yield f"hours not known (effort_hours in flow_catalog): {_names(found.hours_unknown)}"
    reasons = dict.fromkeys(row["not_planned_reason"] for row in found.not_planned)
    for reason in sorted(reasons, key=lambda reason: (reason == _NO_GAP, reason)):
        yield f"not planned, {reason}: " + _names(
            [row for row in found.not_planned if row["not_planned_reason"] == reason]
        )


def _as_of(found: Plan) -> object:
    return next((row["as_of"] for row in found.rows()), None)


def _names(rows: "Sequence[Row]") -> str:
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return ", ".join(str(row["flow"]) for row in rows[:_SHOWN]) + more


def _columns() -> "list[Column]":
    from gapsight.cli.output import Column, number, percent, text, words

    return [
        number("#", "#"),
        text("flow", "flow"),
        text("product", "product", "none", minor=True),
        text("gap", "gap_id", minor=True),
        number("p95/day", "usage_p95"),
        percent("coverage", "coverage", missing="unmeasured"),
        percent("to", "coverage_after", missing=""),
        Column("risk", lambda row: f"{row['risk']:.1f} -> {row['risk_after']:.1f}", right=True),
        number("gain", "gain", 2),
        number("hours", "effort_hours", 0),
        number("gain/hour", "gain_per_hour", 2, missing=""),
        words("decision", "decision", minor=True),
        text("owner", "owner", "none", minor=True),
    ]
