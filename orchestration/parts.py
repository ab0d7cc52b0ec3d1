"""Rows of one inbox file as Parquet parts: columns, types, row order, and what spills to disk meanwhile."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import IO, TYPE_CHECKING, Any, get_args, get_origin

import msgspec

from ingest.records import Record
from ingest.source import Batch

if TYPE_CHECKING:
    import polars as pl

SPILL_ROWS = 200_000
"""Rows of a table held in memory; more of them go to disk in blocks, so that memory stays flat."""


@cache
def columns_of(record: type[Record]) -> Mapping[str, type]:
    """Columns of a lake table with their Python types, in order; `day` is only in the path."""
    own = {f.name: _plain(f.type) for f in msgspec.structs.fields(record) if f.name != "day"}
    return {"source": str, **own, "_file": str}


def _plain(annotation: Any) -> type:  # noqa: ANN401 - an annotation can be anything
    if get_origin(annotation) is UnionType:
        annotation = next(kind for kind in get_args(annotation) if kind is not NoneType)
    if annotation not in {str, int, float, bool, date, datetime}:
        raise TypeError(f"{annotation} is no type that every engine shares")
    return annotation  # type: ignore[no-any-return]


def empty_frame(record: type[Record]) -> "pl.DataFrame":
    """Return no rows with all columns of a table."""
    columns = dict.fromkeys(columns_of(record), ())
    return _frame(record, {**columns, "day": ()}, (), "").drop("day")


class Written(msgspec.Struct, frozen=True):
    """One finished part under a temporary name."""

    table: str
    day: date
    path: str
    rows: int


@dataclass
class _Table:
    record: type[Record]
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)
    frames: list["pl.DataFrame"] = field(default_factory=list)
    held: int = 0
    total: int = 0
    blocks: dict[date, list[Path]] = field(default_factory=dict)
    rows_by_day: Counter[date] = field(default_factory=Counter)


class PartWriter:
    """Collects the rows of one file and writes one part per table and day, in a stable row order.

    Rows are sorted within blocks of SPILL_ROWS, so equal files give equal parts whatever order a
    parser's own sets and threads gave the rows.
    """

    def __init__(self, folder: Path, file_id: str) -> None:
        """Write below `folder`, which nobody else uses."""
        self._folder = folder
        self._file_id = file_id
        self._tables: dict[str, _Table] = {}

    @property
    def rows(self) -> int:
        """Rows taken so far."""
        return sum(table.total for table in self._tables.values())

    def add(self, record: Record, origin: str) -> None:
        """Take one row; `origin` is the format it came in."""
        table = self._table(type(record))
        table.rows.append(msgspec.structs.astuple(record))
        table.origins.append(origin)
        self._grow(table, 1)

    def add_batch(self, batch: Batch, origin: str) -> None:
        """Take rows that come as columns."""
        table = self._table(batch.table)
        frame = _frame(
            batch.table, _filled(batch), [origin] * len(batch.columns["day"]), self._file_id
        )
        table.frames.append(frame)
        self._grow(table, frame.height)

    def finish(self) -> list[Written]:
        """Write what is left and return every part, sorted by table and day."""
        found = []
        for name, table in sorted(self._tables.items()):
            self._spill(table)
            for day, blocks in sorted(table.blocks.items()):
                found.append(Written(name, day, str(_joined(blocks)), table.rows_by_day[day]))
        return found

    def _table(self, record: type[Record]) -> _Table:
        return self._tables.setdefault(record.TABLE, _Table(record))

    def _grow(self, table: _Table, rows: int) -> None:
        table.held += rows
        table.total += rows
        if table.held >= SPILL_ROWS:
            self._spill(table)

    def _spill(self, table: _Table) -> None:
        import polars as pl

        if table.rows:
            names = table.record.__struct_fields__
            columns = dict(zip(names, zip(*table.rows, strict=True), strict=True))
            table.frames.append(_frame(table.record, columns, table.origins, self._file_id))
        frame = pl.concat(table.frames) if table.frames else None
        table.rows, table.origins, table.frames, table.held = [], [], [], 0
        if frame is None or frame.is_empty():
            return
        for day, rows in _by_day(frame):
            blocks = table.blocks.setdefault(day, [])
            place = self._folder / f"{table.record.TABLE}.{day}.{len(blocks)}.parquet"
            write(rows, place)
            blocks.append(place)
            table.rows_by_day[day] += rows.height


def write(frame: "pl.DataFrame", place: Path) -> None:
    """Write a part with its bytes on disk before it gets its name."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("wb") as stream:
        frame.write_parquet(stream, compression_level=1)
        _sync(stream)


def _sync(stream: IO[bytes]) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _by_day(frame: "pl.DataFrame") -> Iterator[tuple[date, "pl.DataFrame"]]:
    columns = [name for name in frame.columns if name != "day"]
    for (day,), rows in frame.partition_by("day", as_dict=True).items():
        if not isinstance(day, date):
            raise TypeError(f"a row with day {day!r}")
        yield day, rows.select(columns).sort(columns, nulls_last=True)


def _joined(blocks: list[Path]) -> Path:
    if len(blocks) > 1:
        import polars as pl

        whole = blocks[0].with_suffix(".whole")
        pl.scan_parquet(blocks).sink_parquet(whole, compression_level=1)
        with whole.open("rb") as stream:
            _sync(stream)
        for block in blocks:
            block.unlink()
        return whole
    return blocks[0]


def _filled(batch: Batch) -> dict[str, Sequence[Any]]:
    """Return the columns of a batch with the defaults of the ones it leaves out."""
    fields = {f.name: f for f in msgspec.structs.fields(batch.table)}
    if unknown := batch.columns.keys() - fields.keys():
        raise TypeError(f"{batch.table.TABLE} has no column {', '.join(sorted(unknown))}")
    length = len(batch.columns["day"])
    return {
        name: batch.columns[name] if name in batch.columns else [_default(column)] * length
        for name, column in fields.items()
    }


def _default(column: msgspec.structs.FieldInfo) -> object:
    if column.required:
        raise TypeError(f"a batch without column {column.name}")
    return column.default


def _frame(
    record: type[Record], columns: Mapping[str, Sequence[Any]], origins: Sequence[str], file_id: str
) -> "pl.DataFrame":
    import polars as pl

    given = {"source": origins, **columns, "_file": [file_id] * len(origins), "day": columns["day"]}
    kinds = {**columns_of(record), "day": date}
    frame = pl.DataFrame({name: _series(name, given[name], kind) for name, kind in kinds.items()})
    stamps = [name for name, kind in kinds.items() if kind is datetime]
    # The lake holds UTC without a zone; all columns at once, since every call costs.
    return frame.with_columns(pl.col(stamps).dt.replace_time_zone(None)) if stamps else frame


def _series(name: str, values: Sequence[Any], kind: type) -> "pl.Series":
    """Return a column of exactly the lake's type; a value of another type is a TypeError."""
    import polars as pl

    kinds: dict[type, Any] = {
        str: pl.String,
        int: pl.Int64,
        float: pl.Float64,
        bool: pl.Boolean,
        date: pl.Date,
        datetime: pl.Datetime("us", "UTC"),  # a stamp without a zone is UTC already
    }
    wanted = kinds[kind]
    try:
        series = pl.Series(name, values, dtype=wanted, strict=True)
    except UnicodeEncodeError:  # half a surrogate pair, as JSON may carry
        sound = [v if v is None else v.encode("utf-8", "replace").decode() for v in values]
        series = pl.Series(name, sound, dtype=wanted, strict=True)
    if series.dtype != wanted:
        raise TypeError(f"column {name} holds {series.dtype}, not {wanted}")
    return series
