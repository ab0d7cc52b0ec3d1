"""The ledger of what was loaded, by source; also when no run ever published."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gapsight.health.case import Case

if TYPE_CHECKING:
    from orchestration.damage import Damaged

_LEDGER = """
    select
        source, path, least(day, coalesce(last_day, day)) as last_day, records_read, rejected,
        removed_on
    from (
        (select null::date as removed_on limit 0) union all by name (
            select * from read_parquet(
                $parts, hive_partitioning = true, hive_types = {'day': date}, union_by_name = true
            )
        )
    )
"""


class _File(NamedTuple):
    last_day: date
    records_read: int
    rejected: int
    removed_on: date | None
    """The day on which the retention took it out of the inbox."""


@dataclass
class Loaded:
    """What the ledger says of one source."""

    files: dict[str, _File] = field(default_factory=dict)
    """By path, those included that have left the inbox: their rows stay."""
    damaged: "list[Damaged]" = field(default_factory=list)

    @property
    def last_day(self) -> date | None:
        """The newest day with data; a file that could not be read brought none."""
        unread = self._unreadable()
        return max(
            (f.last_day for path, f in self.files.items() if path not in unread), default=None
        )

    def records(self, there: Collection[str]) -> tuple[int, int]:
        """Records read and rejected in the readable files among `there`: nobody can mend the others."""
        unread = self._unreadable()
        found = [f for path, f in self.files.items() if path in there and path not in unread]
        return sum(f.records_read for f in found), sum(f.rejected for f in found)

    def removed(self, there: Collection[str]) -> int:
        """Files that the retention removed; one that somebody put back is there."""
        return sum(1 for path, f in self.files.items() if f.removed_on and path not in there)

    def _unreadable(self) -> set[str]:
        return {file.path for file in self.damaged if file.is_unreadable}


def loaded_of(case: Case) -> dict[str, Loaded]:
    """Read the ledger by source; a run may replace it at any moment, a crash may damage it."""
    import duckdb

    try:
        return _read(case.settings.paths.lake)
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        case.find("unknown", f"the ledger cannot be read: {reason}", "gapsight run repairs it")
        return {}


def _read(lake: Path) -> dict[str, Loaded]:
    import duckdb

    from orchestration.damage import damaged_files

    parts = [str(part) for part in (lake / "loads").glob("day=*/*.parquet")]
    found: dict[str, Loaded] = {}
    if parts:
        with duckdb.connect() as connection:
            rows = connection.execute(_LEDGER, {"parts": parts}).fetchall()
        for source, path, *facts in rows:
            found.setdefault(source, Loaded()).files[path] = _File(*facts)
        for file in damaged_files(lake):
            found.setdefault(file.source, Loaded()).damaged.append(file)
    return found
