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


def read(source: str, place: str) -> Callable[[], str]:
    """Read any file, right or wrong, with a source's parser; gives in a few words what it came to."""
    from ingest import sources
    from ingest.files.packed import parsed
    from ingest.records import Record
    from ingest.source import Batch, Context, FormatError, Reject

    parser, context = sources.get(source), Context(folder_day=date(2026, 6, 30))

    def work() -> str:
        rows = rejects = 0
        said = ""
        try:
            with parsed(parser, Path(place), context) as items:
                for item in items:
                    if isinstance(item, Record):
                        rows += 1
                    elif isinstance(item, Batch):
                        rows += len(next(iter(item.columns.values())))
                    elif isinstance(item, Reject):
                        rejects += 1
                        said = said or item.reason
        except FormatError as error:
            said = str(error)
        return f"{rows:,} rows, {rejects:,} rejected" + (f": {said}" if said else "")

    return work


def files_of(place: str) -> list[Path]:
    """The file itself, or the files of a folder."""
    path = Path(place)
    return sorted(path.iterdir()) if path.is_dir() else [path]
