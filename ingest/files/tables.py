"""Tables that people export: CSV with any usual separator, and Parquet, as rows by column name."""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ingest.files.packed import opened
from ingest.files.sniff import looks_like
from ingest.source import FormatError

_SEPARATORS = ",;\t|"
_PARQUET = b"PAR1"
_HEAD = 64 * 1024
_LONGEST_VALUE = 1 << 20
_LONGEST_LINE = 4 << 20
"""A file without line ends must not fill the memory: it comes in pieces that fit no header."""
_AT_ONCE = 10_000

Row = tuple[int, Mapping[str, object] | str]
"""Number of the row, from 1 behind the header; its values by column, or why it cannot be read."""


@dataclass
class Table:
    """Column names, and the rows while the file is open."""

    columns: list[str]
    rows: Iterator[Row]
    is_open_ended: bool = field(default=False)
    """Set once the rows are read: the last line has no line end."""


@contextmanager
def read_table(path: Path) -> Iterator[Table]:
    """A CSV (plain or compressed) or Parquet file; FormatError for anything else."""
    with opened(path) as stream:
        head = stream.read(_HEAD)
    if head.startswith(_PARQUET):
        with _parquet(path) as table:
            yield table
        return
    if not head.strip():
        raise FormatError("an empty file, expected CSV with a header line")
    text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    if "\x00" in text or not first.count(separator) or text.lstrip().startswith(("{", "[", "<")):
        raise FormatError(f"{looks_like(head)}, expected CSV with a header line, or Parquet")
    with opened(path) as stream:
        decoded = io.TextIOWrapper(stream, "utf-8-sig", errors="replace", newline="")
        yield _csv(decoded, separator)
        decoded.detach()


def _csv(text: io.TextIOWrapper, separator: str) -> Table:
    last = [""]

    def lines() -> Iterator[str]:
        while line := text.readline(_LONGEST_LINE):
            last[0] = line
            yield line

    csv.field_size_limit(_LONGEST_VALUE)
    reader = csv.reader(lines(), delimiter=separator)
    columns = [name.strip() for name in next(reader)]
    if len(set(columns)) != len(columns):
        raise FormatError(f"the header names a column twice: {', '.join(columns)[:200]}")
    table = Table(columns, iter(()))

    def rows() -> Iterator[Row]:
        number = 0
        while True:
            try:
                values = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                number += 1
                yield number, f"no CSV: {error}"
                continue
            if not values:
                continue  # a blank line
            number += 1
            if len(values) == len(columns):
                yield number, dict(zip(columns, values, strict=True))
            else:
                yield number, f"{len(values)} values for {len(columns)} columns"
        table.is_open_ended = bool(last[0]) and not last[0].endswith(("\n", "\r"))

    table.rows = rows()
    return table


@contextmanager
def _parquet(path: Path) -> Iterator[Table]:
    import duckdb

    with duckdb.connect() as memory:
        try:
            found = memory.execute("select * from read_parquet(?)", [str(path)])
        except duckdb.Error as error:
            raise FormatError(f"Parquet that cannot be read: {str(error)[:200]}") from None
        columns = [name for name, *_ in found.description or ()]

        def rows() -> Iterator[Row]:
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
