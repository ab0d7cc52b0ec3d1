"""All kept files of a mart have the same columns, whatever version wrote them: none of them is lost."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.history import Kept, prepare

OLD = Kept("fct_x", {"name": "string", "gone": "bigint", "as_of": "date"})
NEW = Kept("fct_x", {"name": "string", "weight": "double", "as_of": "date"})
FIRST, SECOND = date(2026, 6, 1), date(2026, 6, 2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    prepare(tmp_path, [OLD])
    folder = tmp_path / "history" / "fct_x"
    for day in (FIRST, SECOND):
        told = f"'a' as name, 7::bigint as gone, date '{day}' as as_of, 'run' as kept_by, 'v1' as code_version"
        write(folder / f"{day}.parquet", told)
    return folder


def write(place: Path, columns: str) -> None:
    duckdb.sql(f"copy (select {columns}) to '{place}' (format parquet)")


def rows(folder: Path) -> list[tuple[object, ...]]:
    """Not by name, as the models read them."""
    query = "select as_of, name, gone, weight from read_parquet(?) order by as_of"
    return duckdb.execute(query, [str(folder / "*.parquet")]).fetchall()


def test_a_column_that_came_is_null_before_and_one_that_went_stays(folder: Path) -> None:
    prepare(folder.parents[1], [NEW])
    assert rows(folder) == [(FIRST, "a", 7, None), (SECOND, "a", 7, None)]
    kinds = {row[:2] for row in duckdb.sql(f"describe from '{folder}/columns.parquet'").fetchall()}
    assert {("gone", "BIGINT"), ("weight", "DOUBLE")} < kinds


def test_files_are_left_alone_once_they_agree_and_by_an_older_version(folder: Path) -> None:
    prepare(folder.parents[1], [NEW])
    before = {place: place.stat().st_mtime_ns for place in folder.iterdir()}
    prepare(folder.parents[1], [NEW])
    prepare(folder.parents[1], [OLD])
    assert {place: place.stat().st_mtime_ns for place in folder.iterdir()} == before


def test_a_lake_of_an_earlier_version_is_brought_up_to_date(folder: Path) -> None:
    """There the empty file had today's columns whatever the others had."""
    folder.joinpath("columns.parquet").rename(folder / "schema.parquet")
    newest = "'b' as name, 0.5 as weight, date '2026-06-03' as as_of, 'run' as kept_by, 'v2' as code_version"
    write(folder / "2026-06-03.parquet", newest)
    prepare(folder.parents[1], [NEW])
    assert rows(folder)[1:] == [(SECOND, "a", 7, None), (date(2026, 6, 3), "b", None, 0.5)]
    assert not folder.joinpath("schema.parquet").exists()


def test_a_migration_that_was_killed_goes_on(folder: Path) -> None:
    prepare(folder.parents[1], [NEW])
    old = f"'a' as name, 7::bigint as gone, date '{FIRST}' as as_of, 'run' as kept_by, 'v1' as code_version"
    write(folder / f"{FIRST}.parquet", old)
    folder.joinpath("columns.parquet").unlink()
    prepare(folder.parents[1], [NEW])
    assert rows(folder) == [(FIRST, "a", 7, None), (SECOND, "a", 7, None)]


def test_a_torn_file_is_left_for_whoever_reads_it(folder: Path) -> None:
    torn = folder / f"{FIRST}.parquet"
    torn.write_bytes(torn.read_bytes()[:-9])
    before = torn.read_bytes()
    prepare(folder.parents[1], [NEW])
    assert torn.read_bytes() == before
