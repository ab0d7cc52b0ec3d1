"""Work for probes: a parser of ours on files, with nothing kept of what it yields."""

from collections.abc import Callable
from datetime import date
from pathlib import Path


def parse(source: str, place: str) -> Callable[[], int]:
    """Read a file, or all files of a folder, with a source's parser; gives the number of rows."""
    from ingest import sources
    from ingest.files.packed import parsed
    from ingest.records import Record
    from ingest.source import Context

    parser, context = sources.get(source), Context(folder_day=date(2026, 6, 30))
    files = files_of(place)

    def work() -> int:
        rows = 0
        for file in files:
            with parsed(parser, file, context) as items:
                rows += sum(isinstance(item, Record) for item in items)
        return rows

    return work


def files_of(place: str) -> list[Path]:
    """The file itself, or the files of a folder."""
    path = Path(place)
    return sorted(path.iterdir()) if path.is_dir() else [path]
