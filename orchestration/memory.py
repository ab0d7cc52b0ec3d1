"""How much memory DuckDB may take before it spills to disk: half of what this machine, or its container, has."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from orchestration.settings import Settings

SHARE = 0.5
"""DuckDB's own is 0.8: on a small machine that leaves too little for Dagster, dbt and the readers of files."""
LEAST_MB = 500
_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def limit() -> str:
    """As DuckDB takes it."""
    return f"{max(LEAST_MB, int(SHARE * _there() / 1e6))}MB"


def connect(settings: "Settings", place: Path | None = None) -> "duckdb.DuckDBPyConnection":
    """Open a database, or one in memory, for work on whole tables; hold the warehouse meanwhile.

    Beyond the limit it spills beside the warehouse, as dbt does: DuckDB's own choice for a database in memory
    is the current folder.
    """
    import duckdb

    return duckdb.connect(
        str(place or ":memory:"),
        config={
            "memory_limit": settings.memory_limit,
            "temp_directory": f"{settings.paths.warehouse}.tmp",
        },
    )


def _there() -> int:
    """Bytes of the machine, or of the container if it may have less."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for place in _LIMITS:
        try:
            found.append(int(place.read_text()))
        except (OSError, ValueError):  # not there, or `max`
            continue
    return min(found)
