"""`gapsight demo`: a workspace's inbox full of realistic vendor files with planted, known truth."""

import shutil
from datetime import date
from typing import TYPE_CHECKING

import click

from gapsight.cli import options
from gapsight.cli.errors import CliError

if TYPE_CHECKING:
    from orchestration.settings import Paths


@click.command(
    short_help="Fill the workspace with demo data.",
    epilog="Example: gapsight demo --workspace examples/shop --days 14 --seed 7",
)
@click.option(
    "--days",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    help="So many days of data.",
)
@click.option("--seed", type=int, default=7, show_default=True, help="Same seed, same files.")
@click.option(
    "--until", type=options.Day(), metavar="YYYY-MM-DD", help="The last day.  [default: fixed]"
)
@click.option("--if-absent", is_flag=True, help="Do nothing if demo data are there already.")
@click.option("--force", is_flag=True, help="Replace the demo data that are there.")
@options.place()
def demo(*, place: options.Place, if_absent: bool, force: bool, **given: int | date | None) -> None:
    """Write demo data as the files of real vendors: logs, events, CI bundles, issues, git repositories.

    What is planted in them (gaps, flaky tests, incidents and more) stands in demo/truth.json.
    """
    from gapsight.cli import output
    from gapsight.cli.progress import showing_progress

    paths = place.settings().paths
    if _is_there(paths) and if_absent:
        output.note(f"demo data are there already: {paths.data_dir}")
        return
    _make_room(paths, force=force)
    from gapsight.demo import generate

    with showing_progress() as progress:
        generate(paths.data_dir, progress=progress, **given)
    output.line(f"demo data: {paths.data_dir} (what is planted: {paths.demo / 'truth.json'})")
    output.line("next: gapsight run")


def _is_there(paths: "Paths") -> bool:
    return (paths.demo / "truth.json").is_file()


def _make_room(paths: "Paths", *, force: bool) -> None:
    """Remove an earlier demo if asked to; files that the demo did not make are never touched."""
    if not _is_there(paths):
        if paths.inbox.is_dir() and any(paths.inbox.iterdir()):
            raise CliError(
                f"{paths.inbox} holds files that are not from a demo",
                "demo data would mix with them; use another folder: --data-dir or --workspace",
            )
        return
    if not force:
        raise CliError(
            f"demo data are there already: {paths.data_dir}",
            "keep them with --if-absent, replace them with --force",
        )
    for folder in (paths.inbox, paths.demo):
        shutil.rmtree(folder, ignore_errors=True)
