"""`gapsight ticket`: the ticket of a gap, to copy, or made in the tracker."""

import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import click

from gapsight.cli import options
from gapsight.cli.errors import CliError, Exit

if TYPE_CHECKING:
    from gapsight.cli.marts import Marts
    from gapsight.cli.output import Format, Row
    from ingest.apis.tickets import Outcome, Ticket

_GAP = """
    select
        gap_id, gap_type, flow, runtime, ticket_title, ticket_body, ticket_labels, ticket_key,
        ticket_source, ticket_status, ticket_matched_by, ticket_url, as_of
    from fct_top_gaps
    where gap_id = $name or (flow = $name and is_primary)
    order by gap_id = $name desc
    limit 1
"""
_SAME = """
    select gap_id from fct_top_gaps where gap_id = $gap_id or ticket_title = $title order by gap_rank
"""
_NAMES = "select gap_id, flow from fct_top_gaps order by gap_rank"
_FLOWS = "select entity as flow from fct_risk_scores where grain = 'flow' and runtime = 'all'"
_LABELS = re.compile(r"(flow:.*) (risk:\w+) (owner:.*)", re.DOTALL)


@dataclass
class _Shown:
    """The ticket of a gap, and what is known of it in the tracker."""

    gap_id: str
    gap_type: str
    flow: str
    title: str
    body: str
    labels: list[str]
    state: str
    """not_there, already_open, closed_but_gap_stands, already_there, already_closed, created, dry_run."""
    key: str | None
    url: str | None
    matched_by: str | None
    as_of: object
    note: str = ""
    request: dict[str, object] = field(default_factory=dict)


_SAID = {
    "already_open": "already open: {}",
    "already_there": "already there: {}",
    "already_closed": "already there: {}, closed, but the gap stands: open it again",
    "closed_but_gap_stands": "closed, but the gap stands: {}; open it again",
    "created": "created: {}",
}


@click.command(
    short_help="The ticket of a gap: to copy, or made in Jira.",
    epilog="""\b
Example: gapsight ticket checkout
         gapsight ticket g00844986d477 --format markdown
         gapsight ticket checkout --create --dry-run""",
)
@click.argument("gap", metavar="GAP_ID|FLOW")
@click.option("--create", is_flag=True, help="Make it in the tracker that [tickets] names, once.")
@click.option("--dry-run", is_flag=True, help="With --create: show what would be sent, ask nobody.")
@options.form("text", "json", "markdown")
@options.place("as_of", "marts")
def ticket(*, place: options.Place, gap: str, create: bool, dry_run: bool, form: "Format") -> None:
    """Print title, text and labels of the ticket for a gap, or for the first gap of a flow.

    If the tracker's issues that were loaded hold it already, its key is said. --create asks the tracker
    itself, and makes the ticket only if no issue there carries its label; it is off until gapsight.toml
    has a [tickets] table. Exit code 1 if it could not be made, 2 if that is not known.
    """
    if dry_run and not create:
        raise CliError("--dry-run shows what --create would send", "give both")
    if create and place.as_of:
        raise CliError("--create makes tickets for today's gaps", "leave out --as-of")
    with place.open_marts() as published:
        row = _one_gap(published, gap)
        saying_the_same = published.rows(_SAME, gap_id=row["gap_id"], title=row["ticket_title"])
    shown = _shown(row)
    if create:
        _create(place, shown, same=[found["gap_id"] for found in saying_the_same], dry_run=dry_run)
    _print(shown, form, is_whole=not create)


def _one_gap(published: "Marts", name: str) -> "Row":
    """The gap of that id, or the first one of that flow."""
    from gapsight.seeds.files import did_you_mean

    found = published.rows(_GAP, name=name)
    if found:
        return found[0]
    if name in {row["flow"] for row in published.rows(_FLOWS)}:
        raise CliError(f"the flow '{name}' has no gap", "what has one: gapsight gaps --all")
    rows = published.rows(_NAMES)
    known = sorted({row[key] for row in rows for key in ("gap_id", "flow")})
    near = did_you_mean(name, known)
    raise CliError(
        f"there is no gap or flow '{name}'{near}", "" if near else "list them: gapsight gaps --all"
    )


def _shown(row: "Row") -> _Shown:
    from ingest.apis.tickets import MARK

    labels = str(row["ticket_labels"] or "")
    parts = _LABELS.fullmatch(labels)
    status = row["ticket_status"]
    return _Shown(
        gap_id=row["gap_id"],
        gap_type=row["gap_type"],
        flow=row["flow"],
        title=str(row["ticket_title"] or ""),
        body=str(row["ticket_body"] or ""),
        # By the last one the ticket is known again, whatever becomes of its title.
        labels=[*(parts.groups() if parts else labels.split()), f"{MARK}{row['gap_id']}"],
        state="already_open" if status == "open" else status or "not_there",
        key=row["ticket_key"],
        url=row["ticket_url"],
        matched_by=row["ticket_matched_by"],
        as_of=row["as_of"],
    )


def _create(place: options.Place, shown: _Shown, *, same: list[str], dry_run: bool) -> None:
    """Make the ticket, or show what would be sent; `same`: ids of gaps whose ticket says the same."""
    from ingest.apis.tickets import MARK, Ticket, jira
    from orchestration.tickets import ticket_account

    settings = place.settings()
    account = ticket_account(settings)
    wanted = Ticket(
        shown.title, shown.body, tuple(shown.labels), tuple(f"{MARK}{gap_id}" for gap_id in same)
    )
    if dry_run:
        planned = jira.request(account, wanted)
        if shown.key is None:
            shown.request = {"method": "POST", "url": planned.url, "json": planned.content}
            shown.state = "dry_run"
        return
    if shown.key is not None:
        return
    entry = settings.with_values(account, "[tickets]")
    made = _made(entry, wanted)
    shown.state, shown.key, shown.url, shown.note = made.state, made.key, made.url, made.note


def _made(entry: "Row", wanted: "Ticket") -> "Outcome":
    from gapsight.cli import output
    from ingest.apis import Access, ApiError
    from ingest.apis.tickets import jira
    from ingest.http_send import UnsureError

    try:
        return jira.create(entry, wanted, Access(note=output.note))
    except UnsureError as error:
        raise CliError(str(error), code=Exit.UNKNOWN) from None
    except ApiError as error:
        raise CliError(str(error), "no ticket was made", code=Exit.FINDINGS) from None


def _print(shown: _Shown, form: "Format", *, is_whole: bool) -> None:
    """Print what is known of it in the tracker, and, if `is_whole`, what it says."""
    from gapsight.cli import output

    if form == "json":
        output.as_json(asdict(shown))
        return
    if said := _SAID.get(shown.state):
        where = " ".join(word for word in (shown.key, shown.url) if word)
        output.line(said.format(where), form=form)
    if shown.request:
        output.line(f"POST {shown.request['url']}", form=form)
        fence = ("```json", "```") if form == "markdown" else ("", "")
        print(fence[0], end="\n" if fence[0] else "")
        output.as_json(shown.request["json"])
        print(fence[1], end="\n" if fence[1] else "")
    if is_whole:
        if said and form == "text":
            output.line()
        output.line(f"## {shown.title}" if form == "markdown" else shown.title, "bold", form=form)
        for text in ("", *shown.body.splitlines(), "", f"labels: {' '.join(shown.labels)}"):
            if text or form == "text":
                output.line(text, form=form)
    if shown.note:
        output.note(shown.note)
