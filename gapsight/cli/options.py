"""Options that mean the same in every command are spelled the same: they are made here once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gapsight.cli.errors import CliError

if TYPE_CHECKING:
    from gapsight.cli.marts import Marts
    from orchestration.settings import Settings

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Day(click.ParamType[date]):
    """A calendar day written as YYYY-MM-DD."""

    name = "day"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Return the day, or end with a usage error that shows how to write one."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(
                f"'{value}' is not a day; write it as YYYY-MM-DD, e.g. 2026-06-30", param, ctx
            )


@dataclass(frozen=True)
class Place:
    """Where a command looks: what --workspace, --data-dir, --as-of and --marts say together."""

    workspace: Path | None = None
    data_dir: Path | None = None
    as_of: date | None = None
    marts: str | None = None

    def settings(self) -> "Settings":
        """Read the workspace."""
        from orchestration.settings import load

        return load(self.workspace, self.data_dir)

    @contextmanager
    def open_marts(self) -> Iterator["Marts"]:
        """Open the marts.duckdb that is meant: a named one, a past day's, or the published one."""
        from gapsight.cli.marts import open_marts

        if self.as_of and self.marts:
            raise CliError("--as-of and --marts name two different files", "give one of them")
        day = f" --as-of {self.as_of}" if self.as_of else ""
        how = f"gapsight run{day}"
        if self.marts and "://" in self.marts:
            from gapsight.cli.download import downloaded, without_secret

            shown = without_secret(self.marts)
            with downloaded(self.marts) as path, open_marts(path, how, shown) as marts:
                yield marts
        else:
            with open_marts(self._marts_path(), how, is_named=bool(self.marts)) as marts:
                yield marts

    def _marts_path(self) -> Path:
        if self.marts is None:
            settings = self.settings()
            return (settings.at(self.as_of) if self.as_of else settings).paths.marts
        path = Path(self.marts)
        return path / "marts.duckdb" if path.is_dir() else path


STAGES = ("merge", "nightly", "weekly", "release", "production")
"""Stages of a CI run, as its manifest names them."""

_FOLDER = click.Path(path_type=Path, file_okay=False)
_OPTIONS = {
    "workspace": click.option(
        "--workspace",
        type=_FOLDER,
        envvar="GAPSIGHT_WORKSPACE",
        help="Folder with gapsight.toml.  [default: this folder or the nearest above it]",
    ),
    "data_dir": click.option(
        "--data-dir",
        type=_FOLDER,
        envvar="GAPSIGHT_DATA_DIR",
        help="Folder of inbox, lake and published files.  [default: as gapsight.toml says]",
    ),
    "as_of": click.option(
        "--as-of",
        type=Day(),
        metavar="YYYY-MM-DD",
        help="Look from this day, not from the latest.",
    ),
    "marts": click.option(
        "--marts",
        metavar="PATH|URL",
        help="Read this marts.duckdb; one behind a URL is downloaded for the time of the command."
        "  [default: the one the workspace published]",
    ),
}


def place(*names: str) -> Decorator:
    """Add --workspace, --data-dir and the named options; the command gets them as one `place`."""
    wanted = ("workspace", "data_dir", *names)

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def with_place(**values: Any) -> Any:
            return command(place=Place(**{name: values.pop(name) for name in wanted}), **values)

        decorated: Callable[..., Any] = with_place
        for name in reversed(wanted):
            decorated = _OPTIONS[name](decorated)
        return decorated

    return decorate


def form(*choices: str) -> Decorator:
    """Add --format with these choices; the first is the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(choices),
        default=choices[0],
        show_default=True,
        help="How the result is written.",
    )
