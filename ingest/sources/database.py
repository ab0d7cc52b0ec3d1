"""Daily counts that `gapsight fetch` adds up from a product database (`[[fetch.database]]`).

CSV as `counts` reads it, its columns already named, and `lag_days`: the database knew of what users
did only so many days later. A kind of its own (`transition`), since a state that changed is not a
use: a flow is counted from here only where nothing else tells of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ingest.files.tables import read_table
from ingest.privacy import excerpt
from ingest.records import UsageCount
from ingest.source import Context, FormatError, Item, Lag, Reject, Source, Warn
from ingest.usage.daily_counts import COLUMNS, DailyCounts, missing

_LAG = "lag_days"
_LONGEST = 365
_Rows = Iterable[tuple[int, Mapping[str, object]] | Reject]


def parse(path: Path, context: Context) -> Iterator[Item]:
    """A UsageCount per row and the longest lag; FormatError for a file that is no such table."""
    with read_table(path) as table:
        places = {name: name for name in COLUMNS if name in table.columns}
        if lacking := missing(places):
            raise FormatError(
                f"a table with the columns {excerpt(', '.join(table.columns[:20]))}, expected what"
                f" gapsight fetch makes of a product database: no {', no '.join(lacking)}"
            )
        if unread := [name for name in table.columns if name not in (*places, _LAG)]:
            yield Warn(reason=f"columns that are not read: {excerpt(', '.join(unread))}")
        lags = _Lags()
        yield from DailyCounts(context, places, kind="transition").items(lags.noted(table.rows))
        if lags.longest is not None:
            yield Lag(days=lags.longest)


class _Lags:
    """The longest lag of the rows that went by."""

    longest: int | None = None

    def noted(self, rows: _Rows) -> Iterator[tuple[int, Mapping[str, object]] | Reject]:
        """The rows as they are."""
        for row in rows:
            if not isinstance(row, Reject):
                text = str(row[1].get(_LAG, ""))
                if text.isascii() and text.isdigit() and len(text) < 4:
                    self.longest = max(self.longest or 0, min(int(text), _LONGEST))
            yield row


SOURCE = Source(
    name="database",
    family="usage",
    tables=(UsageCount,),
    glob=("*.csv",),
    parse=parse,
    version=2,
    form="tables",
)
