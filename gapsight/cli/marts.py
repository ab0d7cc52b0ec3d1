"""Read access to the published marts: the only database the command line opens."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from gapsight.cli.errors import CliError


class Marts:
    """An open marts.duckdb."""

    def __init__(self, shown: str, connection: duckdb.DuckDBPyConnection) -> None:
        self._shown = shown
        self._connection = connection

    def rows(self, query: str, **values: object) -> list[dict[str, Any]]:
        """Rows of a query as dictionaries; `$name` in it is bound, never formatted in."""
        try:
            cursor = self._connection.execute(query, values)
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            reason = str(error).partition("\n")[0]
            raise CliError(
                f"{self._shown} was not published by this version of gapsight ({reason})",
                "publish it again: gapsight run",
            ) from error
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@contextmanager
def open_marts(
    path: Path, how: str = "gapsight run", shown: str = "", *, is_named: bool = False
) -> Iterator[Marts]:
    """Open a published file read-only; it may be replaced by a new one at any time without harm.

    `how` makes the file anew; `shown` is what messages call it, if not by its path. A file `is_named`
    by the user: no run makes it.
    """
    shown = shown or str(path)
    if not path.is_file():
        if is_named:
            raise CliError(f"there is no file {shown}", "give --marts a marts.duckdb that is there")
        raise CliError(f"nothing is published yet at {shown}", f"run this first: {how}")
    with duckdb.connect() as connection:
        try:
            _attach(connection, path)
        except duckdb.Error as error:
            reason = str(error).partition("\n")[0]
            hint = f"publish it again: {how}"
            raise CliError(f"{shown} cannot be opened: {reason}", hint) from error
        yield Marts(shown, connection)


def _attach(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Make the file's tables known by their bare names.

    Opened directly, a file `marts.duckdb` is the catalog `marts`, and DuckDB (2.0) refuses
    `marts.x` as ambiguous when there is a schema of that name, too.
    """
    connection.execute("attach ? as published (read_only)", [str(path)])
    found = connection.execute(
        "select 1 from information_schema.schemata"
        " where catalog_name = 'published' and schema_name = 'marts'"
    ).fetchone()
    connection.execute("set search_path = 'published.marts'" if found else "use published")
