"""`gapsight scores`: the risk of every flow, or of one flow with the points that add up to it."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from gapsight.cli import options
from gapsight.cli.errors import CliError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapsight.cli.marts import Marts
    from gapsight.cli.output import Column, Format, Row

_SCORES = """
    select
        risk_rank as rank, entity as flow, runtime, title, product, owner, risk, risk_low, risk_high,
        known_weight, decision, decision_low, decision_high, decision_stable, decision_reason,
        usage_p95, usage_basis, coverage, determinism, weights_valid_from, as_of
    from fct_risk_scores
    where
        grain = $grain
        and ($runtime is null or runtime = $runtime)
        and ($flow is null or entity = $flow)
        and ($product is null or product = $product)
    order by risk_rank, entity, runtime
    limit $limit
"""
# An unknown input carries half its weight: its points may lie anywhere from none to twice as many.
_INPUTS = """
    select
        input, raw_value, x, weight, points, is_unknown,
        case when is_unknown then 0 else points end as points_low,
        case when is_unknown then 2 * points else points end as points_high,
        basis, data_age_days
    from fct_risk_inputs
    where grain = $grain and runtime = $runtime and entity = $flow
    order by weight desc, input
"""


_GRAINS = {"flow": "flow", "runtime": "flow_runtime", "component": "component"}


@dataclass(frozen=True)
class _Asked:
    """Whose risk is meant."""

    by: str
    flow: str | None
    runtime: str | None
    product: str | None

    @property
    def chosen(self) -> dict[str, str | None]:
        """Parameters of the queries."""
        runtime = self.runtime if self.by == "runtime" else "all"
        return {"grain": _GRAINS[self.by], "flow": self.flow, "runtime": runtime}


@click.command(
    short_help="The risk of every flow, or how that of one flow adds up.",
    epilog="""\b
Example: gapsight scores checkout
         gapsight scores checkout --runtime web/safari
         gapsight scores --by component
         gapsight scores --sensitivity""",
)
@click.argument("flow", required=False, metavar="[FLOW|COMPONENT]")
@click.option(
    "--by",
    type=click.Choice(list(_GRAINS)),
    default="flow",
    show_default=True,
    help="Risk of flows, of flows on each runtime, or of components.",
)
@click.option("--runtime", help="Explain FLOW on this runtime, such as ios, web or web/safari.")
@click.option("--product", help="Only the flows of this product.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many flows.  [default: all]")
@click.option(
    "--sensitivity",
    is_flag=True,
    help="Is the Top-N stable? What stays of it with 20 % more or less of each weight (the threshold"
    " sensitivity_weight_change).",
)
@options.form("text", "json", "csv", "markdown")
@options.place("as_of", "marts")
def scores(  # noqa: PLR0913 - one parameter per option
    *,
    place: options.Place,
    flow: str | None,
    by: str,
    runtime: str | None,
    product: str | None,
    limit: int | None,
    sensitivity: bool,
    form: "Format",
) -> None:
    """List the risk R (0-100) of every flow, or explain that of FLOW.

    With --by component the same of components, with --by runtime of each flow on the runtimes its users
    were seen on. The explanation shows the nine inputs with raw value, value 0-1, weight and points; the points
    add up to R. An input that is not known counts half and gives the bounds.

    Exit code 0: it is listed, also where there is nothing to list; 3: there is no such flow, or nothing is published.
    """
    from gapsight.cli import output
    from gapsight.cli.gaps import check_product

    asked = _Asked("runtime" if runtime else by, flow, runtime, product)
    with place.open_marts() as published:
        check_product(published, product)
        if sensitivity:
            _show_sensitivity(published, asked, form, limit=limit)
            return
        if flow is not None and (runtime is not None or by != "runtime"):
            _explain(published, asked, form=form)
            return
        rows = published.rows(_SCORES, **asked.chosen, product=product, limit=limit)
    output.table(rows, _columns(asked.by), form)
    if not rows:
        output.note("no scores: the flow catalogue names no flow; see gapsight seeds check")


def _show_sensitivity(
    published: "Marts", asked: _Asked, form: "Format", *, limit: int | None
) -> None:
    from gapsight.cli import sensitivity

    if asked.by != "flow" or limit is not None:
        raise CliError("--sensitivity is of flows", "leave out --by, --runtime and --limit")
    sensitivity.show(published, form, flow=asked.flow, product=asked.product)


def _columns(by: str) -> "list[Column]":
    from gapsight.cli.output import bounded, number, percent, text, words

    return [
        number("#", "rank"),
        text("component" if by == "component" else "flow", "flow"),
        *([text("runtime", "runtime")] if by == "runtime" else []),
        text("product", "product", "none", minor=True),
        bounded("risk", "risk"),
        words("decision", "decision"),
        number("p95/day", "usage_p95"),
        percent("coverage", "coverage", missing="unmeasured"),
        replace(number("determinism", "determinism", 2), minor=True),
        replace(percent("known", "known_weight"), minor=True),
        text("owner", "owner", "none", minor=True),
    ]


def _explain(published: "Marts", asked: _Asked, *, form: "Format") -> None:
    from gapsight.cli import output

    score = _one_score(published, asked)
    inputs = published.rows(_INPUTS, **asked.chosen)
    if form == "json":
        output.as_json({"score": score, "inputs": inputs})
        return
    if form == "csv":
        output.table(inputs, (), form)
        return
    for text in _headline(score):
        output.line(text, form=form)
    output.line()
    output.table([*inputs, _total(inputs)], _input_columns(), form)
    _check_sum(score, inputs)


def _one_score(published: "Marts", asked: _Asked) -> "Row":
    from gapsight.seeds.files import did_you_mean

    found = published.rows(_SCORES, **asked.chosen, product=asked.product, limit=1)
    if found:
        return found[0]
    everything = {**asked.chosen, "flow": None, "runtime": None}
    every = published.rows(_SCORES, **everything, product=asked.product, limit=None)
    where = f" in product '{asked.product}'" if asked.product else ""
    runtimes = [row["runtime"] for row in every if row["flow"] == asked.flow]
    if asked.runtime and runtimes:
        near = did_you_mean(asked.runtime, runtimes) or f": there are {', '.join(sorted(runtimes))}"
        raise CliError(f"no users of {asked.flow} were seen on '{asked.runtime}'{near}")
    near = did_you_mean(str(asked.flow), sorted({row["flow"] for row in every}))
    what = "component" if asked.by == "component" else "flow"
    hint = (
        "" if near else f"list them: gapsight scores{'' if what == 'flow' else ' --by component'}"
    )
    raise CliError(f"there is no {what} '{asked.flow}'{where}{near}", hint)


def _headline(score: "Row") -> list[str]:
    from gapsight.cli.output import bounded

    risk = bounded("", "risk", 2).show(score)
    product, owner = score["product"] or "no product", score["owner"] or "no owner"
    known = 100 * (score["known_weight"] or 0)
    stable = (
        "the decision is the same at both bounds"
        if score["decision_stable"]
        else f"not stable: {_plain(score['decision_low'])} at the lower bound, "
        f"{_plain(score['decision_high'])} at the upper"
    )
    on = f" on {score['runtime']}" if score["runtime"] != "all" else ""
    return [
        f"{score['flow']}{on}: {score['title'] or ''} ({product}, {owner}), as of {score['as_of']}",
        f"risk R = {risk}, {known:.0f} % of the weight known; {stable}",
        f"decision: {_plain(score['decision'])}. {score['decision_reason'] or ''}",
    ]


def _plain(name: object) -> str:
    return str(name or "none").replace("_", " ")


def _input_columns() -> "list[Column]":
    from gapsight.cli.output import Column, bounded, number, words

    return [
        words("input", "input"),
        Column("raw value", _raw, right=True),
        Column(
            "0-1",
            lambda row: "unknown" if row.get("is_unknown") else _digits(row.get("x"), 3),
            right=True,
        ),
        number("weight", "weight", 1),
        bounded("points", "points", 2),
        words("basis", "basis"),
        Column("data age", lambda row: _age(row.get("data_age_days")), right=True),
    ]


def _raw(row: "Row") -> str:
    value = row.get("raw_value")
    if value is None:
        return "unknown" if row.get("is_unknown") else ""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.3f}"


def _digits(value: Any, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _age(days: Any) -> str:
    return "" if days is None else f"{days} d"


def _total(inputs: "Sequence[Row]") -> "Row":
    keys = ("weight", "points", "points_low", "points_high")
    return {"input": "sum", **{key: sum(row[key] or 0 for row in inputs) for key in keys}}


def _check_sum(score: "Row", inputs: "Sequence[Row]") -> None:
    """Say so if the published points do not add up: nobody could explain such a figure."""
    from gapsight.cli.output import note

    total = sum(row["points"] or 0 for row in inputs)
    if score["risk"] is not None and abs(total - score["risk"]) > 0.005:
        note(f"warning: the points add up to {total:.2f}, not to {score['risk']:.2f}")
