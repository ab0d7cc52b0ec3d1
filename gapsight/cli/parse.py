"""`gapsight parse`: what a parser makes of a file, without inbox, lake or Dagster."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gapsight.cli import options, zone
from gapsight.cli.errors import CliError, Exit

if TYPE_CHECKING:
    from ingest.source import Context, Source


_DATE = re.compile(r"(?<!\d)(20\d\d)-?([01]\d)-?([0-3]\d)(?!\d)")


class SourceName(click.ParamType["Source"]):
    """The name of a registered source; the registry is loaded when one is given, not for --help."""

    name = "source"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> "Source":
        """Return the source, or end with the names there are."""
        from gapsight.seeds.files import did_you_mean
        from ingest import sources

        name = str(value)
        if name not in sources.NAMES:
            near = did_you_mean(name, sources.NAMES) or "."
            there_are = ", ".join(sources.NAMES)
            self.fail(f"there is no source '{name}'{near} There are: {there_are}.", param, ctx)
        return sources.get(name)


def _pairs(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, Any]:
    import json

    found: dict[str, Any] = {}
    for text in values:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise click.BadParameter(f"'{text}' is not of the form KEY=VALUE")
        try:
            found[key] = json.loads(value)
        except ValueError:
            found[key] = value
    return found


class _Parse(click.Command):
    """Lists the sources below its help: a new one needs no word here."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from ingest.sources import NAMES

        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(f"Sources: {', '.join(NAMES)}")
        super().format_epilog(ctx, formatter)


@click.command(
    cls=_Parse,
    short_help="Show what is read from a vendor's file, as JSON lines.",
    epilog="Example: gapsight parse junit results/*.xml --zone Europe/Berlin | head -3",
)
@click.argument("source", type=SourceName(), metavar="SOURCE")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--zone",
    callback=zone.checked,
    help="Time zone of stamps that carry none.  [default: the workspace's, else UTC]",
)
@click.option(
    "--option",
    "extra",
    multiple=True,
    callback=_pairs,
    metavar="KEY=VALUE",
    help="Option of the source as under [sources.SOURCE] in gapsight.toml; VALUE may be JSON.",
)
@click.option(
    "--day",
    type=options.Day(),
    metavar="YYYY-MM-DD",
    help="Day of rows without a stamp.  [default: date in the name, else the file's age]",
)
@options.place()
def parse(*, place: options.Place, source: "Source", files: tuple[str, ...], **given: Any) -> int:
    """Parse files of one SOURCE and print each record as a line of JSON; nothing is stored.

    FILE is a file, plain or compressed (gzip, zstd, bzip2, xz), `-` for standard input, or for
    ci_bundle a folder or zip.
    Rejects, warnings and a summary go to standard error. Exit code 1 if anything was rejected or a
    file is of another format. In a workspace its settings for the source apply.
    """
    from gapsight.cli.parsing import parse_file

    _check_options(source, given["extra"])
    paths = [_existing(name, source) for name in files]
    sound = [parse_file(source, path, _context(place, source, path, **given)) for path in paths]
    return Exit.OK if all(sound) else Exit.FINDINGS


def _check_options(source: "Source", extra: dict[str, Any]) -> None:
    """End with the options there are when one is given that the source does not know."""
    from gapsight.seeds.files import did_you_mean

    known = source.options.__struct_fields__ if source.options else ()
    for name in extra:
        if name not in known:
            near = did_you_mean(name, known) or f"; it knows: {', '.join(known) or 'none'}"
            raise CliError(f"{source.name} knows no option '{name}'{near}")


def _existing(name: str, source: "Source") -> Path | None:
    """Return the path of a file that is there; None for standard input."""
    if name == "-":
        return None
    path = Path(name)
    if not path.exists():
        raise CliError(
            f"there is no file {name}", "check the path; a pattern must match at least one file"
        )
    if path.is_dir() and source.name != "ci_bundle":
        raise CliError(
            f"{name} is a folder", f"name its files: gapsight parse {source.name} {name}/*"
        )
    return path


def _context(place: options.Place, source: "Source", path: Path | None, **given: Any) -> "Context":
    """Join what the workspace says, if there is one, and the command line, which wins."""
    from dataclasses import replace

    from ingest.source import Context
    from orchestration.settings import find_workspace

    name = path.name if path else "-"
    day = given["day"] or _folder_day(path)
    if place.workspace or find_workspace(Path.cwd()):
        context = place.settings().context(source.name, folder_day=day, name=name)
    else:
        context = Context(folder_day=day, name=name)
    return replace(
        context,
        source_zone=given["zone"] or context.source_zone,
        options={**context.options, **given["extra"]},
    )


def _folder_day(path: Path | None) -> date:
    """Return the day the file would have in an inbox: by folder, by name, or by age."""
    if path is None:
        return datetime.now(UTC).date()
    for text in (path.absolute().parent.name, path.name):
        for found in _DATE.finditer(text):
            with suppress(ValueError):
                return date(*map(int, found.groups()))
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
