"""`gapsight forget`: withdraw files that were taken out of the inbox."""

import shlex

import click

from gapsight.cli import options


@click.command(
    short_help="Remove the rows of files that were taken out of the inbox.",
    epilog="""\b
Example: gapsight forget access_log/2026-06-30/shop-web.log.gz
         gapsight forget ci_bundle/2026-06-30 && gapsight run""",
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@options.place()
def forget(*, place: options.Place, paths: tuple[str, ...]) -> None:
    """Remove all rows of files that were loaded once and no longer lie in the inbox.

    The rows of a file that leaves the inbox stay, so that an inbox may be archived; this withdraws
    them. PATH is a path inside the inbox; a folder stands for all loaded files below it. The next
    run builds and publishes without them. Exit code 0 if all are forgotten; 3, and nothing is
    removed, if one lies in the inbox still or was never loaded.
    """
    from gapsight.cli import output
    from orchestration.forgetting import forget as withdraw

    gone = withdraw(place.settings(), paths)
    for path in gone:
        output.line(f"forgotten  {path}")
    where = f" --workspace {shlex.quote(str(place.workspace))}" if place.workspace else ""
    output.line(f"next       gapsight run{where}")
