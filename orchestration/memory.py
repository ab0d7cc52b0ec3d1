"""How much memory DuckDB may take before it spills to disk: half of what this machine, or its container, has."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.workspace_file import ConfigError

if TYPE_CHECKING:
    import duckdb

    from orchestration.settings import Settings

SHARE = 0.5
"""DuckDB's own is 0.8: on a small machine that leaves too little for Dagster, dbt and the readers of files."""
LEAST_MB = 500
_LEAST_GIVEN_MB = 50
_UNITS = {
    **{unit: 1000**n for n, unit in enumerate(("B", "KB", "MB", "GB", "TB"))},
    **{unit: 1024**n for n, unit in enumerate(("KIB", "MIB", "GIB", "TIB"), 1)},
}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) *((?:[KMGT]I?)?B)", re.IGNORECASE)
_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def limit() -> str:
    """As DuckDB takes it."""
    return f"{max(LEAST_MB, int(SHARE * _there() / 1e6))}MB"


def given(text: str | None) -> str:
    """What GAPSIGHT_MEMORY_LIMIT says, or half of the machine where it says nothing; ConfigError if it is no size."""
    if not text:
        return limit()
    found = _SIZE.fullmatch(text.strip())
    least = _LEAST_GIVEN_MB * 1_000_000
    if found is None or float(found[1]) * _UNITS[found[2].upper()] < least:
        raise ConfigError(
            f"GAPSIGHT_MEMORY_LIMIT is '{text}'.\n"
            f"Set it to a size such as 3GB or 1500MB, of at least {_LEAST_GIVEN_MB}MB, or leave it out for half of what"
            " this machine has."
        )
    return found[1] + found[2]


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
