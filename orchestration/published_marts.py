"""The published marts, read by assets that make something for people of them."""

from pathlib import Path

import dagster as dg
import duckdb


def published(place: Path) -> duckdb.DuckDBPyConnection:
    """The published tables by their bare names, read-only."""
    if not place.is_file():
        raise dg.Failure("Nothing is published yet: run the build first.", allow_retries=False)
    memory = duckdb.connect()
    # Under another name: a file marts.duckdb opened directly is a catalog of that name, as is a schema in it.
    memory.execute("attach ? as published (read_only)", [str(place)])
    memory.execute("use published")
    return memory


def rows_of(
    marts: duckdb.DuckDBPyConnection, query: str, **values: object
) -> list[dict[str, object]]:
    """Rows of a query; `$name` in it is bound."""
    found = marts.execute(query, values)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
