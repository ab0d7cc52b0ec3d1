"""Daily counts from anywhere: CSV or Parquet with a day, a flow or event, a count and dimensions.

The way in from warehouses and tools that have no source of their own (BigQuery, Snowflake, Redshift,
Heap): one row per day, flow or event and what else is known of it. A `flow` names a flow of the
catalogue; an `event` is mapped by the seeds as every event is.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from ingest.files.delimited import spelled
from ingest.files.tables import Table, read_table
from ingest.privacy import excerpt
from ingest.records import UsageCount
from ingest.source import Context, FormatError, Item, Source, Warn
from ingest.usage.daily_counts import COLUMNS, DailyCounts, missing


class _Options(msgspec.Struct, forbid_unknown_fields=True):
    """The `[sources.counts]` table."""

    columns: dict[str, str] = {}
    """What is read -> the file's own name of the column, where it is none of the usual."""


def parse(path: Path, context: Context) -> Iterator[Item]:
    """A UsageCount per row; FormatError for a file without a day, a flow or event, and a count."""
    with read_table(path) as table:
        places = _places(table, context)
        if unread := [name for name in table.columns if name not in places.values()]:
            yield Warn(reason=f"columns that are not read: {excerpt(', '.join(unread))}")
        yield from DailyCounts(context, places, kind="count").items(table.rows)


def _places(table: Table, context: Context) -> dict[str, str]:
    """What is read -> the column it stands in."""
    try:
        given = msgspec.convert(dict(context.options), _Options).columns
    except msgspec.ValidationError as error:
        raise FormatError(f"[sources.counts] of gapsight.toml: {error}") from None
    if unknown := given.keys() - COLUMNS.keys():
        raise FormatError(
            f"[sources.counts.columns] of gapsight.toml: no '{min(unknown)}' is read;"
            f" there are {', '.join(COLUMNS)}"
        )
    found = {}
    for what, usual in COLUMNS.items():
        wanted = (spelled(given[what]),) if what in given else usual
        if place := next((name for name in wanted if name in table.columns), None):
            found[what] = place
        elif what in given:
            raise FormatError(f"no column '{given[what]}'; there are {_listed(table)}")
    if lacking := missing(found):
        raise FormatError(
            f"a table with the columns {_listed(table)}, expected daily counts:"
            f" no {', no '.join(lacking)} (name them in [sources.counts.columns])"
        )
    return found


def _listed(table: Table) -> str:
    return excerpt(", ".join(table.columns[:20])) or "none"


SOURCE = Source(
    name="counts",
    family="usage",
    tables=(UsageCount,),
    glob=("*.csv", "*.tsv", "*.parquet"),
    parse=parse,
    version=2,
    form="tables",
    options=_Options,
)
