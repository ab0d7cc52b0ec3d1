"""`gapsight import-ci`: old CI results, as folders keep them, become CI bundles in the inbox."""

import shlex
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from gapsight.cli import options
from gapsight.cli.errors import CliError, Exit
from gapsight.cli.zone import checked

if TYPE_CHECKING:
    from gapsight.ci_import.landing import Imported
    from gapsight.ci_import.walk import Known, Tree

_SHOWN = 10


@click.command(
    name="import-ci",
    short_help="Bring folders of old CI results into the inbox.",
    epilog="""\b
Example: gapsight import-ci /archive/ci --pattern '{build}/{sha}/...' --repo shop-web --dry-run
         gapsight import-ci results --pattern '{date}/{suite}.xml' --repo shop-web""",
)
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--pattern",
    required=True,
    help="What the names below the folder mean: {repo} {branch} {build} {sha} {date} {stage}"
    " {suite}; * is anything inside a name, ... any rest.",
)
@click.option("--repo", help="Repository of all runs, where the pattern has none.")
@click.option("--branch", help="Branch of all runs, where the pattern has none.")
@click.option(
    "--stage",
    type=click.Choice(options.STAGES),
    help="Stage of all runs, where the pattern has none.",
)
@click.option(
    "--zone",
    callback=checked,
    help="Time zone of stamps that carry none.  [default: the workspace's reporting zone]",
)
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@options.place()
def import_ci(
    *, place: options.Place, folder: Path, pattern: str, dry_run: bool, **given: Any
) -> int:
    """Make one CI bundle per run of the test and coverage reports below FOLDER, into the inbox.

    A run without a sha is kept as evidence without a commit. The same files give the same bundles:
    importing again changes nothing. Exit code 1 if no file fits the pattern, or a run was refused.
    """
    from gapsight.ci_import.advice import of_no_use
    from gapsight.ci_import.landing import Place, import_runs
    from gapsight.ci_import.pattern import PatternError, compile_pattern
    from gapsight.ci_import.walk import Known, walk
    from gapsight.cli import output
    from gapsight.cli.progress import showing_progress

    settings = place.settings()
    zone = given.pop("zone") or settings.reporting_zone
    known = Known(**given, zone=zone, reporting_zone=settings.reporting_zone)
    try:
        compiled = compile_pattern(pattern)
    except PatternError as error:
        raise CliError(f"--pattern: {error}") from error
    _require_repo(known, compiled.names)
    tree = walk(folder, compiled)
    into = Place(settings.paths.inbox, settings.paths.lake, is_dry=dry_run)
    with showing_progress() as progress:
        progress.stage("import", len(tree.groups))
        imported = import_runs(tree, known, into, done=progress.advance)
    _show_strays(tree, pattern)
    today = datetime.now(ZoneInfo(settings.reporting_zone)).date()
    for text in of_no_use(imported.bundles, settings, today):
        output.note(text)
    _show(imported, place, dry_run=dry_run)
    return Exit.OK if imported.bundles and not imported.refused else Exit.FINDINGS


def _require_repo(known: "Known", names: frozenset[str]) -> None:
    if not known.repo and "repo" not in names:
        raise CliError(
            "nothing says which repository these runs are of", "give --repo or use {repo}"
        )


def _show_strays(tree: "Tree", pattern: str) -> None:
    from gapsight.cli import output

    _list(f"do not fit {pattern}", tree.unmatched)
    if tree.unmatched and "{branch}" in pattern:
        output.note(
            "  {branch} is one name; a branch with a slash lies deeper: import its folder by itself,"
            " FOLDER/feature/x without {branch} in the pattern and with --branch feature/x"
        )
    _list("fit and are no report of a known format", tree.no_reports)
    _list(
        "are archives, which are not looked into; unpack them first"
        " (CI bundles go into the inbox as they are)",
        tree.archives,
    )
    _list("cannot be read", tree.unreadable)


def _list(what: str, names: Sequence[str]) -> None:
    from gapsight.cli import output

    if names:
        output.note(f"{len(names):,} files {what}:")
    for name in names[:_SHOWN]:
        output.note(f"  {name}")
    if len(names) > _SHOWN:
        output.note(f"  ... and {len(names) - _SHOWN:,} more")


def _show(imported: "Imported", place: options.Place, *, dry_run: bool) -> None:
    from gapsight.cli import output

    for reason in imported.refused:
        output.note(f"refused: {reason}")
    for bundle in imported.bundles[:_SHOWN] if not dry_run else imported.bundles:
        notes = "".join(f"; {note}" for note in bundle.notes)
        output.line(f"{bundle.what:<9}  {bundle.path} ({bundle.reports} reports{notes})")
    if not dry_run and len(imported.bundles) > _SHOWN:
        output.line(f"... and {len(imported.bundles) - _SHOWN:,} more")
    count = f"{len(imported.bundles):,} runs, {sum(b.reports for b in imported.bundles):,} reports"
    bare = sum(bundle.is_without_sha for bundle in imported.bundles)
    marked = f"; {bare:,} runs without a sha: evidence without a commit" if bare else ""
    output.line(f"{count}{marked}")
    if not imported.bundles:
        output.note("nothing to import; compare the pattern with the names above")
    elif not dry_run:
        where = f" --workspace {shlex.quote(str(place.workspace))}" if place.workspace else ""
        output.line(f"next       gapsight run{where}")
