"""Tables that people export, CSV or Parquet, as rows by column name."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ingest.files.delimited import is_delimited, spelled, table
from ingest.files.packed import opened
from ingest.files.sniff import looks_like
from ingest.source import FormatError, Reject

_PARQUET = b"PAR1"
_HEAD = 64 * 1024
_AT_ONCE = 10_000


class Table(NamedTuple):
    """Column names in the one spelling of `ingest.files.delimited`; the rows while the file is open.

    A row comes with its line in a CSV, its number in a Parquet file.
    """

    columns: list[str]
    rows: Iterator[tuple[int, Mapping[str, object]] | Reject]


@contextmanager
def read_table(path: Path) -> Iterator[Table]:
    """A CSV (plain or compressed) or Parquet file; FormatError for anything else."""
    with opened(path) as stream:
        head = stream.read(_HEAD)
    if head.startswith(_PARQUET):
        with _parquet(path) as found:
            yield found
        return
    first = next((line for line in head.split(b"\n") if line.strip()), b"")
    if first and (b"\x00" in first or not is_delimited(first)):
        raise FormatError(f"{looks_like(head)}, expected CSV with a header line, or Parquet")
    with opened(path) as stream:
        yield Table(*table(stream))


@contextmanager
def _parquet(path: Path) -> Iterator[Table]:
    import duckdb

    with duckdb.connect() as memory:
        try:
            found = memory.execute("select * from read_parquet(?)", [str(path)])
        except duckdb.Error as error:
            raise FormatError(f"Parquet that cannot be read: {str(error)[:200]}") from None
        columns = [spelled(name) for name, *_ in found.description or ()]

        def rows() -> Iterator[tuple[int, Mapping[str, object]]]:
            number = 0
            while True:
                try:
                    block = found.fetchmany(_AT_ONCE)
                except duckdb.Error as error:
                    raise FormatError(f"Parquet that is damaged: {str(error)[:200]}") from None
                if not block:
                    return
                for values in block:
                    number += 1
                    yield number, dict(zip(columns, values, strict=True))

        yield Table(columns, rows())
