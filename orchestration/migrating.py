"""A lake table after its record changed: old parts get the new columns."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ingest.records import Record
from orchestration.parts import empty_frame, write

if TYPE_CHECKING:
    import polars as pl


def migrate(record: type[Record], folder: Path, empty: Path) -> None:
    """Write the zero-row part, and give every other part of the table exactly the record's columns.

    New columns hold the record's default. Files that are still in the inbox load again anyway, since
    the shape of a record counts for whether a file is up to date; this is for those that are gone.
    """
    shape = empty_frame(record)
    for place in sorted(folder.glob("day=*/*--*.parquet")):
        _rewrite(place, shape, record)
    _replace(shape, empty)
    # As it was called before Spark read the lake, which skips names that begin so.
    empty.with_name("_schema.parquet").unlink(missing_ok=True)


def _rewrite(place: Path, shape: "pl.DataFrame", record: type[Record]) -> None:
    import polars as pl

    try:
        rows = pl.read_parquet(place, hive_partitioning=False)
    except (pl.exceptions.ComputeError, OSError):
        return  # a torn part is found and replaced by the load that follows
    if rows.schema == shape.schema:
        return
    defaults = {f.name: f.default for f in msgspec.structs.fields(record) if not f.required}
    columns = [
        (pl.col(name) if name in rows.columns else pl.lit(_value(defaults.get(name))))
        .cast(kind, strict=False)
        .alias(name)
        for name, kind in shape.schema.items()
    ]
    _replace(rows.select(columns), place)


def _value(default: object) -> str | int | float | date | None:
    return default if isinstance(default, str | int | float | date) else None


def _replace(rows: "pl.DataFrame", place: Path) -> None:
    temporary = place.parents[2] / "_state" / "tmp" / "migrating.parquet"
    write(rows, temporary)
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary.replace(place)
