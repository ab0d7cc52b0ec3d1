"""`gapsight seeds accept`: what was unmapped gets its flow, a renamed test its alias, as one more row."""

import shlex
from typing import TYPE_CHECKING, Any

import click

from gapsight.cli import options
from gapsight.cli.errors import CliError, Exit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gapsight.seeds.accept import Added, Item, SeedEditor

_SUGGESTED = """
    select kind, source, name, suggested_flow as flow, similarity, volume
    from rpt_unmapped
    where
        suggested_flow is not null and similarity >= $similarity
        and list_contains($kinds, kind) and ($kind = '' or kind = $kind)
    order by volume desc, kind, source, name
"""
_RENAMED = """
    select 'test_alias' as kind, cast(null as varchar) as source, old_id as name, new_id as flow
    from rpt_test_alias_proposals
    where status = 'proposed' and confidence >= $confidence
    order by old_id
"""
_ROLES = ("started", "completed", "performed", "frustration")
_KINDS = (
    "route",
    "event",
    "test",
    "test_flow_tag",
    "defect",
    "incident_component",
    "coverage_path",
    "test_alias",
)


@click.command(
    short_help="Add rows that map what was unmapped.",
    epilog="""\b
Example: gapsight seeds accept route 'shop-web GET /api/suggest' search
         gapsight seeds accept --min-similarity 0.7 --dry-run
         gapsight seeds accept --kind test_alias --accepted-by qa-team""",
)
@click.argument("item", nargs=-1, metavar="[KIND NAME FLOW]")
@click.option("--source", help="Source of the name, for a defect or incident_component.")
@click.option(
    "--role", type=click.Choice(_ROLES), help="Role of an event.  [default: by its words]"
)
@click.option("--component", help="Component of a test or coverage_path.")
@click.option(
    "--min-similarity",
    "similarity",
    type=click.FloatRange(0, 1),
    default=0.6,
    show_default=True,
    help="Take suggestions from this similarity on.",
)
@click.option(
    "--min-confidence",
    "confidence",
    type=click.FloatRange(0, 1),
    default=0.9,
    show_default=True,
    help="Take proposals of a test_alias from this confidence on.",
)
@click.option("--accepted-by", help="Team or handle that accepts a test_alias.")
@click.option("--kind", type=click.Choice(_KINDS), help="Take suggestions of this kind only.")
@click.option("--dry-run", is_flag=True, help="Show the rows, and write nothing.")
@options.place("marts")
def accept(*, place: options.Place, item: tuple[str, ...], dry_run: bool, **given: Any) -> int:
    """Append the row that maps KIND NAME to FLOW, or, without them, all suggestions of rpt_unmapped.

    Names are written as rpt_unmapped shows them. A renamed test is a test_alias: NAME is its old id,
    FLOW its new one; with --kind test_alias all proposals are taken that gapsight aliases propose
    lists. The rest of each file stays as it is, byte by byte. Exit code 1 if suggestions were left
    out, because their key is there already.
    """
    from gapsight.cli import output
    from gapsight.seeds.accept import AcceptError, Item, SeedEditor

    if len(item) not in (0, 3):
        raise CliError(
            f"{len(item)} arguments where KIND NAME FLOW are three",
            "quote a name with blanks: gapsight seeds accept event 'Order Placed' checkout",
        )
    settings = place.settings()
    editor = SeedEditor(settings.paths.seeds)
    if item:
        more = {name: given[name] for name in ("source", "role", "component", "accepted_by")}
        try:
            _show(editor.add(Item(*item, **more)), dry_run=dry_run)
        except AcceptError as error:
            raise CliError(str(error)) from error
        added, left_out = 1, 0
    else:
        added, left_out = _add_all(editor, _suggested(place, given), dry_run=dry_run)
    if not dry_run:
        editor.save()
    if added:
        where = f" --workspace {shlex.quote(str(place.workspace))}" if place.workspace else ""
        step = "again without --dry-run" if dry_run else f"gapsight run{where}"
        output.line(f"next       {step}")
    return Exit.FINDINGS if left_out else Exit.OK


def _suggested(place: options.Place, given: dict[str, Any]) -> "list[Item]":
    from gapsight.cli import output
    from gapsight.seeds.accept import Item

    with place.open_marts() as marts:
        if given["kind"] == "test_alias":
            rows = marts.rows(_RENAMED, confidence=given["confidence"])
        else:
            kind, similarity = given["kind"] or "", given["similarity"]
            rows = marts.rows(_SUGGESTED, similarity=similarity, kind=kind, kinds=list(_KINDS))
    if not rows and given["kind"] == "test_alias":
        output.note(f"no renamed test is proposed with a confidence of {given['confidence']:g}")
    elif not rows:
        output.note(
            f"no suggestion of similarity {given['similarity']:g} or more; lower --min-similarity,"
            " or name one: gapsight seeds accept KIND NAME FLOW"
        )
    by = given["accepted_by"]
    return [
        Item(row["kind"], row["name"], row["flow"], row["source"], accepted_by=by) for row in rows
    ]


def _add_all(editor: "SeedEditor", items: "Iterable[Item]", *, dry_run: bool) -> tuple[int, int]:
    """Add what can be added and say what cannot; return how many of each."""
    from gapsight.cli import output
    from gapsight.seeds.accept import AcceptError

    added = left_out = 0
    for item in items:
        try:
            _show(editor.add(item), dry_run=dry_run)
            added += 1
        except AcceptError as error:
            output.note(f"left out: {item.kind} '{item.name}': {error}")
            left_out += 1
    return added, left_out


def _show(added: "Added", *, dry_run: bool) -> None:
    from gapsight.cli import output

    output.line(f"{'would add' if dry_run else 'added'}  {added.path}:{added.line}  {added.text}")
