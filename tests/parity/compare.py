"""Two warehouses, table by table: rows, columns, types, values."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

CLOSE = 1e-9
"""How far doubles may be apart, relative to the larger one, at least to 1."""
_ZONED = ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE")
# What DuckDB made, and what Spark wrote, of the same column.
PUBLISHED_TYPES = {_ZONED}  # Spark marks its times, which are in UTC, as such
ALLOWED_TYPES = {
    *PUBLISHED_TYPES,
    ("HUGEINT", "BIGINT"),  # sums that no mart shows
    ("BIGINT", "INTEGER"),  # row numbers and differences of days that no mart shows
}


def differences(duck: Path, spark: Path, schema: str, written: Path | None = None) -> Iterator[str]:
    """In words, what is not the same in the tables of a schema; `written` is the folder of Spark's own files."""
    with duckdb.connect() as both:
        both.execute("set TimeZone = 'UTC'")
        both.execute(f"attach '{duck}' as duck (read_only)")
        both.execute(f"attach '{spark}' as spark (read_only)")
        names = {
            "duck": _tables(both, "duck", schema),
            "spark": _tables(both, "spark", schema, has_views=written is not None),
        }
        for name in sorted(names["duck"] ^ names["spark"]):
            yield f"{name}: only in one of both"
        for name in sorted(names["duck"] & names["spark"]):
            own = written / f"{schema}.db" / name if written else None
            yield from _compared(both, f"{schema}.{name}", own)


def _tables(
    both: duckdb.DuckDBPyConnection, side: str, schema: str, *, has_views: bool = False
) -> set[str]:
    query = "select table_name from information_schema.tables where table_catalog = ? and table_schema = ?"
    # On Spark's side everything is a view over its files; of DuckDB's views there is none there.
    only = "" if has_views else " and table_type = 'BASE TABLE'"
    return {row[0] for row in both.execute(query + only, [side, schema]).fetchall()}


def _compared(both: duckdb.DuckDBPyConnection, name: str, written: Path | None) -> Iterator[str]:
    kinds = {row[0]: row[1] for row in both.execute(f"describe duck.{name}").fetchall()}
    if written is None or any(written.glob("*.parquet")):
        own = f"select * from read_parquet('{written}/*.parquet')" if written else f"spark.{name}"
        found = {row[0]: row[1] for row in both.execute(f"describe {own}").fetchall()}
        allowed = PUBLISHED_TYPES if name.startswith("marts.") else ALLOWED_TYPES
        if list(found) != list(kinds):
            yield f"{name}: columns {list(found)} instead of {list(kinds)}"
            return
        for column, kind in kinds.items():
            if found[column] != kind and (kind, found[column]) not in allowed:
                yield f"{name}.{column}: {found[column]} instead of {kind}"
    exact = [column for column, kind in kinds.items() if not _is_double(kind)]
    order = ", ".join(f'"{column}" nulls first' for column in [*exact, *(set(kinds) - set(exact))])
    columns = ", ".join(_same(column, kind) for column, kind in kinds.items())
    sides = [
        both.execute(f"select {columns} from {side}.{name} order by {order}").fetchall()
        for side in ("duck", "spark")
    ]
    if len(sides[0]) != len(sides[1]):
        yield f"{name}: {len(sides[1])} rows instead of {len(sides[0])}"
        return
    wrong: dict[str, list[tuple[Any, Any]]] = {}
    for left, right in zip(*sides, strict=True):
        for column, one, other in zip(kinds, left, right, strict=True):
            if not _is_same(one, other):
                wrong.setdefault(column, []).append((one, other))
    for column, pairs in wrong.items():
        yield f"{name}.{column}: {len(pairs)} of {len(sides[0])} rows differ, as {pairs[0]}"


def _is_double(kind: str) -> bool:
    return kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL")


def _same(column: str, kind: str) -> str:
    wanted = "double" if _is_double(kind) else kind
    return f'cast("{column}" as {wanted}) as "{column}"'


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        is_close = math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)
        return is_close or (math.isnan(one) and math.isnan(other))
    return bool(one == other)
