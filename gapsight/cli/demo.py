"""`gapsight demo`: a workspace's inbox full of realistic vendor files with planted, known truth."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, TypedDict

import click

from gapsight.cli import options
from gapsight.cli.errors import CliError

if TYPE_CHECKING:
    from typing import Unpack

    from gapsight.cli.progress import Progress
    from orchestration.settings import Paths, Settings


class Given(TypedDict):
    """What a demo is made from."""

    days: int
    seed: int
    until: date
    light: bool


@click.command(
    short_help="Fill the workspace with demo data.",
    epilog="""\b
Example: gapsight demo --workspace examples/shop --days 14 --seed 7
         gapsight demo --workspace examples/shop --days 900 --light""",
)
@click.option(
    "--days", type=click.IntRange(min=1), default=200, show_default=True, help="So many days."
)
@click.option("--seed", type=int, default=7, show_default=True, help="Same seed, same files.")
@click.option(
    "--until",
    type=options.Day(),
    metavar="YYYY-MM-DD",
    default="2026-06-30",
    show_default=True,
    help="The last day.",
)
@click.option(
    "--light",
    is_flag=True,
    help="Daily counts instead of logs and events, fewer old CI runs: for years of history.",
)
@click.option("--if-absent", is_flag=True, help="Do nothing if demo data are there already.")
@click.option("--force", is_flag=True, help="Replace the demo data that are there.")
@options.place()
def demo(*, place: options.Place, if_absent: bool, force: bool, **given: "Unpack[Given]") -> None:
    """Write demo data as the files of real vendors: logs, events, CI bundles, issues, repositories.

    What is planted in them (gaps, flaky tests, incidents and more) stands in demo/truth.json. Files
    that the demo did not make are never touched.
    """
    from gapsight.cli import output
    from gapsight.demo import read_truth, truth_path

    settings = place.settings()
    paths = settings.paths
    truth = truth_path(paths.data_dir)
    if if_absent and read_truth(paths.data_dir) is not None:
        output.note(f"demo data are there already: {paths.data_dir}")
        return
    # A truth that cannot be read is of a demo that another version made: it is made again.
    _require_room(paths, force=force or if_absent)
    _require_days(settings, given)
    _generate(paths, given)
    output.line(f"demo data  {paths.inbox} (what is planted: {truth})")
    output.line(
        "next       gapsight run" + (f" --workspace {place.workspace}" if place.workspace else "")
    )


def _require_room(paths: "Paths", *, force: bool) -> None:
    """End where demo data would mix with a team's own, or replace an earlier demo unasked."""
    from gapsight.demo import begun, truth_path

    if truth_path(paths.data_dir).is_file():
        if not force:
            raise CliError(
                f"demo data are there already: {paths.data_dir}",
                "keep them with --if-absent, replace them with --force",
            )
    # One that was stopped half way may be begun again.
    elif not begun(paths.data_dir) and paths.inbox.is_dir() and any(paths.inbox.iterdir()):
        raise CliError(
            f"{paths.inbox} holds files that are not from a demo; demo data would mix with them",
            "write the demo elsewhere with --workspace or --data-dir",
        )


def _require_days(settings: "Settings", given: "Given") -> None:
    """End where much of the demo would never be loaded: nothing before first_day is."""
    from datetime import timedelta

    first = given["until"] - timedelta(days=given["days"] - 1)
    if given["light"] and first < settings.first_day:
        raise CliError(
            f"the demo begins on {first}, and nothing before first_day ({settings.first_day}) is loaded",
            f'set first_day = "{first}" in {settings.workspace / "gapsight.toml"}',
        )


def _generate(paths: "Paths", given: "Given") -> None:
    from gapsight.cli.progress import showing_progress
    from gapsight.demo import generate

    with showing_progress() as progress:
        generate(paths.data_dir, progress=_steps(progress), **given)


def _steps(progress: "Progress") -> Callable[[str, int, int], None]:
    """Turn (what, done, whole) into stages and steps."""
    what, done = "", 0

    def tell(name: str, reached: int, whole: int) -> None:
        nonlocal what, done
        if name != what:
            what, done = name, 0
            progress.stage(name, whole)
        for _ in range(done, reached):
            progress.advance("")
        done = reached

    return tell
