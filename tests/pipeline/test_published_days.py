"""Tables by day are published by day: what changed is written, and it always equals what writing everything gives."""

from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest

from orchestration.publish import Mart, publish
from orchestration.settings import Settings, load

pytestmark = pytest.mark.pipeline
MARTS = (
    Mart("fct_runs", "One row per run.", {"test": "Test."}, "day"),
    Mart("rpt_all", "All.", {}),
)
RUNS = [
    ("a", "2026-04-30", 1),
    ("b", "2026-05-01", 2),
    ("a", "2026-05-02", 3),
    ("a", "2026-06-30", 4),
]


def shop(folder: Path) -> Settings:
    folder.mkdir()
    (folder / "gapsight.toml").write_text('[workspace]\nname = "shop"\nfirst_day = 2026-01-01\n')
    return load(folder, environ={})


def built(settings: Settings, runs: Iterable[tuple[str, str, int]], *, by_day: bool = True) -> None:
    """A warehouse as a build leaves it; a day's digest tells of its rows."""
    place = settings.paths.warehouse
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    with duckdb.connect(str(place)) as warehouse:
        for schema in ("marts", "intermediate", "raw", "state"):
            warehouse.execute(f"create schema {schema}")
        warehouse.execute(
            "create table intermediate.int_run__as_of as select date '2026-06-30' as as_of"
        )
        warehouse.execute("create table raw.loads (source varchar, day date)")
        warehouse.execute("create table marts.fct_runs (test varchar, day date, n integer)")
        warehouse.executemany(
            "insert into marts.fct_runs values (?, ?, ?)", list(runs) or [(None,) * 3]
        )
        warehouse.execute("delete from marts.fct_runs where day is null")
        warehouse.execute(
            "create table marts.rpt_all as select count(*) as runs from marts.fct_runs"
        )
        if by_day:
            warehouse.execute(
                "create table state.built_days as select 'fct_runs' as model, day,"
                " md5(string_agg(test || n, ' ' order by test, n)) as digest, true as is_proved"
                " from marts.fct_runs group by day"
            )


def published(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """Rows of the database, and of each Parquet file."""
    with duckdb.connect(str(settings.paths.marts), read_only=True) as marts:
        found: dict[str, list[tuple[object, ...]]] = {
            name: marts.execute(f"select * from {name} order by all").fetchall()
            for (name,) in marts.execute("select table_name from duckdb_tables()").fetchall()
            if name != "_meta"
        }
        found["comments"] = marts.execute(
            "select table_name, comment from duckdb_tables() where table_name <> '_meta' order by 1"
        ).fetchall()
    folder = settings.paths.published / "parquet"
    for place in sorted(folder.rglob("*.parquet")):
        rows = duckdb.execute("select * from read_parquet(?) order by all", [str(place)]).fetchall()
        found[place.relative_to(folder).as_posix()] = rows
    return found


def written(settings: Settings) -> dict[str, int]:
    folder = settings.paths.published / "parquet" / "fct_runs"
    return {place.stem: place.stat().st_ino for place in folder.iterdir()}


def test_only_the_months_that_changed_are_written_and_all_is_as_if_everything_was(
    tmp_path: Path,
) -> None:
    steps = [
        RUNS,
        [*RUNS, ("c", "2026-06-30", 5)],  # a day that had rows
        [*RUNS[1:], ("c", "2026-06-29", 6)],  # April is withdrawn, a late file
        [],
        RUNS,
    ]
    mine = shop(tmp_path / "shop")
    before: dict[str, int] = {}
    for number, runs in enumerate(steps):
        built(mine, runs)
        assert publish(mine, MARTS, "1") == {"fct_runs": len(runs), "rpt_all": 1}
        fresh = shop(tmp_path / f"fresh{number}")
        built(fresh, runs)
        publish(fresh, MARTS, "1")
        assert published(mine) == published(fresh)
        if number == 1:
            after = written(mine)
            assert {month for month in after if after[month] != before[month]} == {"2026-06"}
        before = written(mine) if runs else {}
    assert sorted(before) == ["2026-04", "2026-05", "2026-06"]


def test_a_published_file_that_is_not_the_one_of_the_note_is_written_anew(tmp_path: Path) -> None:
    mine = shop(tmp_path / "shop")
    built(mine, RUNS)
    publish(mine, MARTS, "1")
    with duckdb.connect(str(mine.paths.marts)) as marts:
        marts.execute("delete from fct_runs")
        marts.execute("create table mine as select 1")
    publish(mine, MARTS, "1")
    found = published(mine)
    assert len(found["fct_runs"]) == len(RUNS)
    assert "mine" not in found


def test_a_months_file_that_is_not_the_one_of_the_note_is_written_anew(tmp_path: Path) -> None:
    mine = shop(tmp_path / "shop")
    built(mine, RUNS)
    publish(mine, MARTS, "1")
    expected = published(mine)
    months = mine.paths.published / "parquet" / "fct_runs"
    (months / "2026-04.parquet").write_bytes(b"torn")
    duckdb.execute(
        f"copy (select 'x' as test, date '2026-05-01' as day, 9 as n) to '{months}/2026-05.parquet'"
    )
    publish(mine, MARTS, "1")
    assert published(mine) == expected


def test_a_row_that_was_withdrawn_after_a_kill_between_two_files_is_in_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but the lake says of such a publication that it began, and of the lake the row is gone."""
    mine = shop(tmp_path / "shop")
    built(mine, RUNS)
    publish(mine, MARTS, "1")
    expected = published(mine)
    built(mine, [*RUNS, ("withdrawn", "2026-06-30", 5)])
    with monkeypatch.context() as patched:
        patched.setattr("orchestration.publish._write_summary", killed)
        with pytest.raises(KeyboardInterrupt):
            publish(mine, MARTS, "1")
    assert published(mine) != expected
    built(mine, RUNS)
    publish(mine, MARTS, "1")
    assert published(mine) == expected


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_column_that_came_a_file_that_went_and_a_table_made_whole_are_noticed(
    tmp_path: Path,
) -> None:
    mine = shop(tmp_path / "shop")
    built(mine, RUNS)
    publish(mine, MARTS, "1")
    with duckdb.connect(str(mine.paths.warehouse)) as warehouse:
        warehouse.execute("alter table marts.fct_runs add column owner varchar default 'qa'")
    (mine.paths.published / "parquet" / "fct_runs" / "2026-04.parquet").unlink()
    publish(mine, MARTS, "1")
    found = published(mine)
    assert found["fct_runs"][0][-1] == "qa"
    assert len(found["fct_runs/2026-04.parquet"]) == 1
    built(mine, RUNS[:1], by_day=False)
    publish(mine, MARTS, "1")
    assert (
        published(mine)["fct_runs"] == duckdb.execute("select 'a', date '2026-04-30', 1").fetchall()
    )
