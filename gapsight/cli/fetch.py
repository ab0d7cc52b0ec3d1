"""`gapsight fetch`: live interfaces into the inbox, without building anything."""

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import click

from gapsight.cli import options
from gapsight.cli.errors import CliError, Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapsight.cli.output import Column, Format
    from gapsight.cli.progress import Progress
    from ingest.apis import Api
    from orchestration.days import Days
    from orchestration.settings import Settings


@dataclass
class _Fetched:
    """What one interface gave."""

    source: str
    first_day: date
    last_day: date
    days_asked: int = 0
    files: int = 0
    files_new: int = 0
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    """Entries that could not be fetched to their end, and why."""
    is_unset: bool = False
    """Of one of them a credential is not set."""


@click.command(
    short_help="Fetch days from live interfaces into the inbox.",
    epilog="""\b
Example: gapsight fetch mixpanel --from 2026-06-01 --to 2026-06-30
         gapsight fetch --dry-run""",
)
@click.argument("source", nargs=-1)
@click.option(
    "--from",
    "first",
    type=options.Day(),
    metavar="YYYY-MM-DD",
    help="First day.  [default: first_day]",
)
@click.option(
    "--to",
    "last",
    type=options.Day(),
    metavar="YYYY-MM-DD",
    help="Last day.  [default: the newest]",
)
@click.option("--again", is_flag=True, help="Days that were fetched before, too.")
@click.option("--dry-run", is_flag=True, help="Say which days would be asked for, and ask nobody.")
@options.form("text", "json", "csv", "markdown")
@options.place()
def fetch(  # noqa: PLR0913 - one parameter per option
    *,
    place: options.Place,
    source: tuple[str, ...],
    first: date | None,
    last: date | None,
    again: bool,
    dry_run: bool,
    form: "Format",
) -> int:
    """Fetch what the interfaces in gapsight.toml have; all of them, or each SOURCE named.

    Days fetched before are not asked for again unless they may have changed since. What comes is
    written to the inbox a whole day at a time; `gapsight run` fetches, loads and builds. Exit code 1
    if an entry failed, 3 if a credential is not set: all others are fetched, the days before stay, and
    the next call goes on there.
    """
    from gapsight.cli import output
    from gapsight.cli.progress import showing_progress

    settings = place.settings()
    chosen = _chosen(settings, source)
    spans = [_span(settings, api, first, last=last) for api in chosen]
    with showing_progress() as progress:
        found = [
            _one(settings, api, span, again=again, progress=None if dry_run else progress)
            for api, span in zip(chosen, spans, strict=True)
        ]
    output.table([asdict(one) for one in found], _columns(dry_run=dry_run), form)
    for one in found:
        for what in [*one.notes, *one.errors]:
            output.note(f"{one.source}: {what}")
    if any(one.is_unset for one in found):
        return Exit.USAGE
    return Exit.FINDINGS if any(one.errors for one in found) else Exit.OK


def _chosen(settings: "Settings", names: "Sequence[str]") -> "list[Api]":
    from ingest.apis import all_apis

    known = {api.name: api for api in all_apis()}
    for name in names:
        if name not in known:
            raise CliError(f"no interface is called '{name}'", f"there are: {', '.join(known)}")
        if not settings.entries(known[name].settings):
            raise CliError(
                f"gapsight.toml has no [[{known[name].settings}]]",
                "docs/sources.md says what it takes",
            )
    chosen = [api for api in known.values() if settings.entries(api.settings)]
    if not chosen:
        sections = ", ".join(f"[[{api.settings}]]" for api in known.values())
        raise CliError("gapsight.toml names nothing to fetch", f"it may have: {sections}")
    return [api for api in chosen if api.name in names] if names else chosen


def _span(settings: "Settings", api: "Api", first: date | None, *, last: date | None) -> "Days":
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from orchestration.days import Days
    from orchestration.landing import last_day

    today = datetime.now(ZoneInfo(settings.reporting_zone)).date()
    newest = last_day(api, today=today, inbox=today)
    span = Days(first or settings.first_day, last or newest)
    if span.first < settings.first_day:
        raise CliError(
            f"--from {span.first} lies before first_day ({settings.first_day})",
            "choose a later day, or set first_day in gapsight.toml",
        )
    if span.last > newest:
        raise CliError(
            f"--to {span.last}: {api.name} is whole up to {newest} only", "choose an earlier day"
        )
    if span.first > span.last:
        raise CliError(f"--from {span.first} lies after --to {span.last}", "exchange them")
    return span


def _one(
    settings: "Settings", api: "Api", days: "Days", *, again: bool, progress: "Progress | None"
) -> _Fetched:
    from orchestration.fetch_failures import noting
    from orchestration.landing import FetchError, Landing, days_asked, land
    from orchestration.settings import ConfigError

    one = _Fetched(api.name, days.first, days.last)
    count = days_asked(settings, api, days, again=again)
    if progress is None:
        one.days_asked = count
        return one
    found = Landing()
    progress.stage(f"fetch {api.name}", count)
    try:
        with noting(settings, api):
            land(settings, api, days, again=again, found=found, done=progress.advance)
    except FetchError as problem:
        one.errors = problem.said
        one.is_unset = any(isinstance(error, ConfigError) for error in problem.failures.values())
    one.days_asked, one.files, one.files_new = found.days, found.files, found.news
    one.notes = found.said
    return one


def _columns(*, dry_run: bool) -> "list[Column]":
    from gapsight.cli.output import number, text

    counts = [] if dry_run else [number("files", "files"), number("new", "files_new")]
    return [
        text("source", "source"),
        text("from", "first_day"),
        text("to", "last_day"),
        number("days to ask for" if dry_run else "days asked for", "days_asked"),
        *counts,
    ]
