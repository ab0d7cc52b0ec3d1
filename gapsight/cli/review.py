"""`gapsight review`: the pack for the weekly or quarterly meeting."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gapsight.cli import options
from gapsight.cli.errors import Exit

if TYPE_CHECKING:
    from gapsight.review.packs import Pack


@click.command(
    short_help="The pack for the weekly risk review or the quarterly suite review.",
    epilog="""\b
Example: gapsight review weekly
         gapsight review quarterly --format html --out reviews""",
)
@click.argument("kind", type=click.Choice(("weekly", "quarterly")))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write DIR/<as-of day>-<kind>.<md|html|json> instead of printing it.",
)
@options.form("markdown", "html", "json")
@options.place("as_of", "marts")
def review(*, place: options.Place, kind: str, out: Path | None, form: str) -> int:
    """Write the pack for a review from the published marts: the same marts give the same bytes.

    weekly: three gap tickets, flakes to burn down, flows nobody owns, charters for exploring. quarterly: gap analysis,
    what came back, metrics, load-bearing tests, dead weight, flakes, performance budgets, properties that look
    personal, precision by people's labels. A section without rows says why. Exit code 2: nothing is loaded.
    """
    from gapsight.review.packs import pack_of

    with place.open_marts() as published:
        pack = pack_of(kind, published.rows)
    _write(pack, form, out)
    return Exit.OK if pack.as_of else Exit.UNKNOWN


def _write(pack: "Pack", form: str, out: Path | None) -> None:
    from gapsight.cli import output
    from gapsight.review.packs import file_name, text_of

    ending, words = text_of(pack, form)
    if out is None:
        print(words, end="")
        return
    out.mkdir(parents=True, exist_ok=True)
    path = out / file_name(pack, ending)
    path.write_text(words, encoding="utf-8")
    output.note(f"written: {path}")
