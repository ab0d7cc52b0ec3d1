"""Which loaded files gave nothing, or not all that is in them: read from the ledger, whatever was loaded last."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ingest.records import Load, RejectRow

# A reject without a position is about a file as a whole, or about a whole report inside it.
# A file may be partial without one: a parser that recovered says so in a warning. Parts that were written
# before the ledger knew the word lack the column.
_DAMAGED = """
    select
        loads.source, loads.path,
        coalesce(min(rejects.reason), loads.warnings_json ->> '$[0]', 'it says no more') as reason,
        loads.rows = 0 and count(rejects._file) > 0 as is_unreadable
    from (
        (select null::boolean as partial limit 0) union all by name (
            select * from read_parquet($loads, union_by_name = true)
        )
    ) as loads
    left join read_parquet($rejects) as rejects
        on loads._file = rejects._file and rejects.position is null
    where loads.partial or rejects._file is not null
    group by loads.source, loads.path, loads.rows, loads.warnings_json
    order by loads.path
"""
_NAMED = 3


class Damaged(NamedTuple):
    """One file of the inbox as it was when it was loaded."""

    source: str
    path: str
    reason: str
    is_unreadable: bool
    """Nothing of it could be read; else a part is missing: it is cut off, or holds such a report."""


def damaged_files(lake: Path) -> list[Damaged]:
    """Every file with such damage by path, those included that have left the inbox since.

    Raises duckdb.Error if the ledgers cannot be read; hold the lake still, or be ready for that.
    """
    places = {
        name: [str(part) for part in (lake / name).glob("*/*.parquet")]
        for name in (Load.TABLE, RejectRow.TABLE)
    }
    if not all(places.values()):  # nothing was ever loaded
        return []
    import duckdb

    with duckdb.connect() as memory:
        return [Damaged(*row) for row in memory.execute(_DAMAGED, places).fetchall()]


def named(files: Sequence[Damaged]) -> str:
    """Return the first of them with their reasons, and how many more there are."""
    shown = "; ".join(f"{file.path}: {file.reason}" for file in files[:_NAMED])
    more = len(files) - _NAMED
    return f"{shown}; and {more:,} more" if more > 0 else shown
