"""What lies in the inbox and is read by nobody: folders of no source, and files that were never finished."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gapsight.health.case import Case
from gapsight.health.disk import in_units, sizes_below

_UNFINISHED = (".part", ".tmp")
_LEFT_BEHIND = timedelta(days=1)
"""What is younger may still be written."""


def examine_strays(case: Case, known: Sequence[str]) -> None:
    """Name what no source reads, with how much of it there is."""
    from orchestration.inbox import unknown_folders

    inbox = case.settings.paths.inbox
    for name in unknown_folders(inbox, tuple(known)):
        sizes = list(sizes_below(inbox / name))
        much = f" ({len(sizes):,} files, {in_units(sum(sizes))})" if sizes else ""
        case.find(
            "error",
            f"inbox/{name} belongs to no source: nothing in it is read{much}",
            f"rename it to one of {', '.join(known)}, or remove it",
        )
    if left := sorted(_left_behind(inbox)):
        case.find(
            "warning",
            f"{len(left):,} files in the inbox were never finished and are not read, the first:"
            f" {left[0]}",
            "what wrote them was broken off: let it write them again, or remove them",
        )


def _left_behind(inbox: Path) -> Iterator[str]:
    """Half-written files of yesterday and before, by their path in the inbox."""
    newest = datetime.now(UTC) - _LEFT_BEHIND
    for folder, _, names in os.walk(inbox):
        for name in names:
            if not name.lower().endswith(_UNFINISHED):
                continue
            place = Path(folder, name)
            with suppress(OSError):  # finished or removed meanwhile
                if datetime.fromtimestamp(place.stat().st_mtime, UTC) < newest:
                    yield place.relative_to(inbox).as_posix()
