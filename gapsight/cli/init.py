"""`gapsight init`: a first workspace, drafted from the data that are there."""

import re
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from gapsight.cli.errors import CliError, Exit
from gapsight.cli.zone import checked

if TYPE_CHECKING:
    from gapsight.onboarding.workspace import Ask, Outcome

_SHOWN = 10
_EXISTING = click.Path(path_type=Path, exists=True)


_LISTS = ("--from", "--repo")


class _Init(click.Command):
    """Takes any number of files after one --from, as a shell's `logs/*.gz` gives them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        spread: list[str] = []
        option = ""
        for word in args:
            if word.startswith("-"):
                option = word
            elif option in _LISTS and spread[-1] != option:
                spread.append(option)
            spread.append(word)
        return super().parse_args(ctx, spread)


def _checked_sha(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """The commit; a CliError where the manifest of the reports' bundle could not name it."""
    from ingest.ci.manifest import SHA

    if value is not None and not re.fullmatch(SHA, value):
        raise CliError(
            f"--sha '{value}' is no commit: it needs 7 to 64 hex digits, because branches and tags move",
            "take what this says in the clone: git rev-parse HEAD",
        )
    return value


@click.command(
    cls=_Init,
    name="init",
    short_help="Draft a workspace from logs, exports and reports that are there.",
    epilog="""\b
Example: gapsight init shop --from logs/*.gz junit.xml coverage.xml --repo ../shop --load
         gapsight run --workspace shop""",
)
@click.argument(
    "folder", default=".", type=click.Path(path_type=Path, file_okay=False), metavar="[FOLDER]"
)
@click.option(
    "--from",
    "files",
    multiple=True,
    type=_EXISTING,
    metavar="FILE...",
    help="Access logs, Mixpanel exports, test and coverage reports, CI bundles, or folders of them."
    "  [default: what lies in the workspace's inbox]",
)
@click.option(
    "--repo",
    "clones",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="CLONE...",
    help="Local git clones.",
)
@click.option(
    "--zone",
    callback=checked,
    help="Time zone in which a day is meant.  [default: UTC]",
)
@click.option("--load", is_flag=True, help="Put the files into the inbox, for gapsight run.")
@click.option(
    "--sha",
    metavar="SHA",
    callback=_checked_sha,
    help="Commit that loose reports are of.  [default: the newest of the one --repo]",
)
def init(*, folder: Path, **given: Any) -> int:
    """Draft gapsight.toml and the seeds of a workspace from the names in your own data.

    Flows come from the paths, events and tests that are used most; draft.md gives the reason of
    each. Files that exist are kept as they are. Nothing is copied unless --load is given.
    """
    from gapsight.onboarding.workspace import Ask

    outcome = _draft(Ask(folder, **given))
    _show(outcome, folder, loaded=given["load"])
    return Exit.OK


def _draft(ask: "Ask") -> "Outcome":
    from gapsight.cli.hostile import for_markdown
    from gapsight.cli.progress import showing_progress
    from gapsight.onboarding.landing import TakenError
    from gapsight.onboarding.workspace import NothingReadError, Onboarding
    from ingest.apis.git_clone import GitError
    from ingest.source import FormatError

    if ask.load and not ask.files:
        raise CliError("--load puts files into the inbox, but none is named", "name them: --from")
    try:
        with showing_progress() as progress:
            return Onboarding(ask, progress.stage, progress.advance).run(for_markdown)
    except NothingReadError as error:
        raise CliError(
            str(error), "name access logs, exports or reports: gapsight init FOLDER --from FILE..."
        ) from error
    except (GitError, TakenError, FormatError) as error:
        raise CliError(str(error)) from error


def _show(outcome: "Outcome", folder: Path, *, loaded: bool) -> None:
    from gapsight.cli import output
    from gapsight.onboarding.report import shares

    for seen in outcome.facts.files:
        if seen.problem:
            output.note(f"not used: {seen.path}: {seen.problem}")
    for path in outcome.written.kept:
        output.note(
            f"kept as it is: {path}; what it would have said stands in {outcome.report.name}"
        )
    flows = outcome.draft.rows.get("flow_catalog", [])
    if flows:
        output.line(f"{len(flows)} flows, most used first; all of them: {outcome.report}")
    for row in flows[:_SHOWN]:
        output.line(f"  {row.values['flow']}: {row.reason}")
    for text in shares(outcome.draft):
        output.line(f"mapped     {text}")
    for item in outcome.draft.left_out[:3]:
        output.line(f"left out   {item.volume:,} {item.kind}: {item.reason}; {item.name}")
    for path in outcome.written.written:
        output.line(f"written    {path}")
    for path in outcome.landed:
        output.line(f"loaded     {_as_named(path, folder)}")
    _show_gaps(outcome, loaded=loaded)
    _show_next(outcome, folder, loaded=loaded)


def _as_named(path: Path, folder: Path) -> Path:
    """As the user named the folder, whether the settings were there before or not."""
    place = folder.absolute()
    return folder / path.relative_to(place) if path.is_relative_to(place) else path


def _show_gaps(outcome: "Outcome", *, loaded: bool) -> None:
    """What would be missing from the answers of a first run."""
    from gapsight.cli import output
    from gapsight.onboarding.advice import days_apart, not_loaded, rejected_lines

    if loaded and outcome.facts.lines and not any(_says_commit(path) for path in outcome.landed):
        output.note(
            "the coverage report is of no known commit and will not count:"
            " init again with --sha SHA, or with --repo CLONE"
        )
    days = [date.fromisoformat(path.parent.name) for path in outcome.landed]
    today = datetime.now(ZoneInfo(outcome.zone)).date()
    for text in (
        *rejected_lines(outcome.facts),
        *days_apart(outcome.facts),
        *not_loaded(days, outcome.first_day, today),
    ):
        output.note(text)


def _show_next(outcome: "Outcome", folder: Path, *, loaded: bool) -> None:
    import shlex

    from gapsight.cli import output
    from gapsight.onboarding.advice import without_flow

    where = "" if folder == Path() else f" --workspace {shlex.quote(str(folder))}"
    files, seeds = outcome.facts.files, folder / "seeds"
    if not (seeds / "flow_catalog.csv").is_file():
        output.line(
            f"next       no name says a flow: write yours into {seeds / 'flow_catalog.csv'},"
            " or init again with access logs or exports, too"
        )
        return
    components = seeds / "component_flows.csv"
    bare = without_flow(outcome.draft)
    if bare and components not in outcome.written.kept:
        output.line(f"next       {components}: fill in the flows you know; {bare} have none")
    if not loaded and any(seen.source and "inbox" not in seen.path.parts for seen in files):
        output.line("next       init again with --load, or put the files into the inbox; then:")
    output.line(f"next       gapsight seeds check{where} && gapsight run{where}")


def _says_commit(path: Path) -> bool:
    import json
    import zipfile

    if path.suffix != ".zip":
        return False
    with zipfile.ZipFile(path) as archive:
        return bool(json.loads(archive.read("manifest.json")).get("sha"))
