"""How much memory DuckDB may take before it spills to disk: half of what this machine, or its container, has."""

import os
from pathlib import Path

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


def _there() -> int:
    """Bytes of the machine, or of the container if it may have less."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for place in _LIMITS:
        try:
            found.append(int(place.read_text()))
        except (OSError, ValueError):  # not there, or `max`
            continue
    return min(found)
