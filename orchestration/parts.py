"""Rows of one inbox file as Parquet parts: columns, types, row order, and what spills to disk meanwhile."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import IO, TYPE_CHECKING, Any, NamedTuple, get_args, get_origin

import msgspec

from ingest.records import Record
from ingest.source import Batch
from orchestration.sealed import sealed

if TYPE_CHECKING:
    import polars as pl

SPILL_ROWS = 200_000
"""Rows of a table held in memory; more of them go to disk in blocks, so that memory stays flat."""


@cache
def columns_of(record: type[Record]) -> Mapping[str, type]:
    """Columns of a lake table with their Python types, in order; `day` is only in the path."""
    own = {f.name: _plain(f.type) for f in msgspec.structs.fields(record) if f.name != "day"}
    return {"source": str, **own, "_file": str}


def _plain(annotation: Any) -> type:
    if get_origin(annotation) is UnionType:
        annotation = next(kind for kind in get_args(annotation) if kind is not NoneType)
    if annotation not in {str, int, float, bool, date, datetime}:
        raise TypeError(f"{annotation} is no type that every engine shares")
    return annotation  # type: ignore[no-any-return]


def empty_frame(record: type[Record]) -> "pl.DataFrame":
    """Return no rows with all columns of a table."""
    columns: dict[str, Sequence[Any]] = dict.fromkeys(columns_of(record), ())
    return _sorted(_frame(record, columns), record)


class Held(NamedTuple):
    """All rows of one file in one table and day, sorted: in memory, or on disk if they were many."""

    table: str
    day: date
    rows: int
    frame: "pl.DataFrame | None"
    place: Path | None


@dataclass
class _Day:
    """Rows of one table and day that are not on disk yet, and the blocks of them that are."""

    record: type[Record]
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)
    frames: list["pl.DataFrame"] = field(default_factory=list)
    blocks: list[Path] = field(default_factory=list)
    total: int = 0


class PartWriter:
    """Collects the rows of one file by table and day, in a stable row order.

    Rows are sorted within blocks of at most SPILL_ROWS, so equal files give equal parts whatever
    order a parser's own sets and threads gave the rows.
    """

    def __init__(self, folder: Path, file_id: str) -> None:
        """Write below `folder`, which nobody else uses."""
        self._folder = folder
        self._file_id = file_id
        self._days: dict[tuple[str, date], _Day] = {}
        self._held = 0

    def add(self, record: Record, origin: str) -> None:
        """Take one row; `origin` is the format it came in."""
        day = self._days.get((record.TABLE, record.day)) or self._day(type(record), record.day)
        day.rows.append(msgspec.structs.astuple(record))
        day.origins.append(origin)
        self._grow(day, 1)

    def add_batch(self, batch: Batch, origin: str) -> None:
        """Take rows that come as columns."""
        columns, length = _filled(batch), len(batch.columns["day"])
        frame = self._frame(batch.table, columns, [origin] * length)
        for day, rows in _by_day(frame, columns["day"]):
            found = self._day(batch.table, day)
            found.frames.append(rows)
            self._grow(found, rows.height)

    def finish(self) -> list[Held]:
        """Return all rows, sorted by table and day."""
        if any(found.blocks for found in self._days.values()):
            self._spill()
        return [
            Held(
                table,
                day,
                found.total,
                None if found.blocks else self._pending(found),
                _joined(found.blocks) if found.blocks else None,
            )
            for (table, day), found in sorted(self._days.items(), key=lambda item: item[0])
        ]

    def _frame(
        self, record: type[Record], columns: Mapping[str, Sequence[Any]], origins: Sequence[str]
    ) -> "pl.DataFrame":
        file_ids = [self._file_id] * len(origins)
        return _frame(record, {**columns, "source": origins, "_file": file_ids})

    def _day(self, record: type[Record], day: date) -> _Day:
        if type(day) is not date:  # a datetime is a date to Python, but not to a path
            raise TypeError(f"a row of {record.TABLE} with day {day!r}")
        return self._days.setdefault((record.TABLE, day), _Day(record))

    def _grow(self, day: _Day, rows: int) -> None:
        day.total += rows
        self._held += rows
        if self._held >= SPILL_ROWS:
            self._spill()

    def _pending(self, found: _Day) -> "pl.DataFrame":
        """Rows of a day that are not on disk, sorted."""
        import polars as pl

        if found.rows:
            names = found.record.__struct_fields__
            columns = dict(zip(names, zip(*found.rows, strict=True), strict=True))
            found.frames.append(self._frame(found.record, columns, found.origins))
        frame = pl.concat(found.frames) if len(found.frames) > 1 else found.frames[0]
        found.rows, found.origins, found.frames = [], [], []
        return _sorted(frame, found.record)

    def _spill(self) -> None:
        for (table, day), found in self._days.items():
            if found.rows or found.frames:
                place = self._folder / f"{table}.{day}.{len(found.blocks)}.parquet"
                write(self._pending(found), place)
                found.blocks.append(place)
        self._held = 0


class Written(NamedTuple):
    """One part under a temporary name, and the files that have rows in it."""

    table: str
    day: date
    source: str
    file_ids: tuple[str, ...]
    path: Path
    rows: int


class PortionWriter:
    """Writes the rows of several files: the small ones of a table, day and source into one part."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._small: dict[tuple[str, date, str], list[tuple[str, pl.DataFrame]]] = {}
        self._rows = 0
        self._written: list[Written] = []

    def take(self, source: str, file_id: str, held: Sequence[Held]) -> None:
        """Take all rows of one inbox file."""
        for table, day, rows, frame, place in held:
            if place:
                self._written.append(Written(table, day, source, (file_id,), place, rows))
            elif frame is not None:
                self._small.setdefault((table, day, source), []).append((file_id, frame))
                self._rows += rows
        if self._rows >= SPILL_ROWS:
            self._flush()

    def finish(self) -> list[Written]:
        """Return every part."""
        self._flush()
        return self._written

    def _flush(self) -> None:
        import polars as pl

        for (table, day, source), files in self._small.items():
            files.sort(key=lambda file: file[0])
            frame = pl.concat([frame for _, frame in files]) if len(files) > 1 else files[0][1]
            place = self._folder / f"{table}.{day}.{source}.{len(self._written)}.parquet"
            write(frame, place)
            file_ids = tuple(file_id for file_id, _ in files)
            self._written.append(Written(table, day, source, file_ids, place, frame.height))
        self._small, self._rows = {}, 0


def write(frame: "pl.DataFrame", place: Path) -> None:
    """Write a part with its bytes on disk before it gets its name."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("wb") as stream:
        frame.write_parquet(stream, compression_level=1)
        _sync(stream)


def _sync(stream: IO[bytes]) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _by_day(frame: "pl.DataFrame", days: Sequence[date]) -> Iterator[tuple[date, "pl.DataFrame"]]:
    if len(set(days)) == 1:
        yield days[0], frame
        return
    marked = frame.with_columns(_series("day", days, date))
    for (day,), rows in marked.partition_by("day", as_dict=True, include_key=False).items():
        yield day, rows


def _sorted(frame: "pl.DataFrame", record: type[Record]) -> "pl.DataFrame":
    """Rows in the order of all their columns; stamps as the lake holds them, UTC without a zone."""
    import polars as pl

    stamps = [name for name, kind in columns_of(record).items() if kind is datetime]
    plan = frame.lazy()  # one plan, since every call on a frame costs as much as a small part
    if stamps:
        plan = plan.with_columns(pl.col(stamps).dt.replace_time_zone(None))
    return (plan.sort(frame.columns, nulls_last=True) if frame.height > 1 else plan).collect()


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


def _frame(record: type[Record], columns: Mapping[str, Sequence[Any]]) -> "pl.DataFrame":
    import polars as pl

    found = [_series(name, columns[name], kind) for name, kind in columns_of(record).items()]
    return pl.DataFrame(sealed(found, record))


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
