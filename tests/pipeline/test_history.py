"""What was known on each day: kept by runs, computed for days before them, never changed afterwards."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration import history
from orchestration.days import Days
from orchestration.pipeline import PipelineError, run_pipeline
from orchestration.replay import days_of, replay
from orchestration.settings import ConfigError, Settings
from tests.pipeline.conftest import DAY, as_if_by_spark, published, put

pytestmark = pytest.mark.pipeline
MART = "fct_incidents"


class Quiet:
    """Progress that nobody watches."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def stage(self, name: str, total: int | None) -> None:
        """Nothing to show."""

    def advance(self, label: str) -> None:
        """One day more."""
        self.done.append(label)


def place(settings: Settings, day: date | str) -> Path:
    return settings.paths.lake / "history" / MART / f"{day}.parquet"


def kept(settings: Settings) -> list[tuple[object, ...]]:
    """(day, how, incident) of everything kept."""
    query = "select as_of, kept_by, incident_id from read_parquet(?) where as_of is not null order by all"
    with duckdb.connect() as memory:
        return memory.execute(query, [str(place(settings, "*"))]).fetchall()


def test_each_run_keeps_its_day_as_it_stood_last_and_leaves_the_days_before_alone(
    shop: Settings,
) -> None:
    yesterday = DAY - timedelta(days=1)
    put(shop, "a.json", "I-1", day=yesterday)
    run_pipeline(shop)
    before = place(shop, yesterday).read_bytes()
    put(shop, "b.json", "I-2")
    run_pipeline(shop)
    put(shop, "c.json", "I-3")
    run_pipeline(shop)
    assert kept(shop) == [
        (yesterday, "run", "I-1"),
        (DAY, "run", "I-1"),
        (DAY, "run", "I-2"),
        (DAY, "run", "I-3"),
    ]
    assert place(shop, yesterday).read_bytes() == before
    assert run_pipeline(shop).is_unchanged
    run_pipeline(shop, as_of=yesterday)
    assert place(shop, yesterday).read_bytes() == before, "a build for a past day keeps nothing"


def test_replay_gives_each_past_day_what_a_build_for_it_gives(shop: Settings) -> None:
    for number in range(30):
        put(shop, f"{number}.json", f"I-{number:02}", day=date(2026, 6, 1 + number))
    run_pipeline(shop)
    watched = Quiet()
    sundays = [date(2026, 6, day) for day in (7, 14, 21, 28)]
    assert replay(shop, "weekly", progress=watched) == sundays
    assert watched.done == [str(day) for day in sundays]
    assert history.days(shop, MART) == [*sundays, DAY]
    assert history.days(shop, MART, kept_by="replay") == sundays
    run_pipeline(shop, as_of=sundays[1])
    rebuilt = published(shop.at(sundays[1]), f"select incident_id from {MART} order by 1")
    assert [(row[2],) for row in kept(shop) if row[0] == sundays[1]] == rebuilt
    assert len(rebuilt) == 14
    assert not (shop.paths.data_dir / "asof" / "replay").exists()


def test_days_are_replayed_from_what_a_build_on_spark_left(shop: Settings, project: Path) -> None:
    model = project / "models" / "marts" / "fct_incidents.sql"
    model.write_text(
        f"{model.read_text()} and 0 < (select count(*) from {{{{ ref('stg_days') }}}})"
    )
    for day in (7, 14, 30):
        put(shop, f"{day}.json", f"I-{day:02}", day=date(2026, 6, day))
    run_pipeline(shop)
    replay(shop, "weekly", progress=Quiet())
    expected = kept(shop)
    for day in (7, 14, 21, 28):
        place(shop, date(2026, 6, day)).unlink()
    as_if_by_spark(shop)
    before = shop.paths.warehouse.read_bytes()
    replay(replace(shop, engine="spark"), "weekly", progress=Quiet())
    assert kept(shop) == expected
    assert len(expected) == 3 + 1 + 2 + 2 + 2
    assert shop.paths.warehouse.read_bytes() == before


def test_a_day_that_a_run_told_of_is_not_computed_again(shop: Settings) -> None:
    put(shop, "a.json", "I-1", day=date(2026, 6, 14))
    run_pipeline(shop)
    put(shop, "b.json", "I-2", day=date(2026, 6, 7))  # came late: nobody knew of it on the 14th
    put(shop, "c.json", "I-3")
    run_pipeline(shop)
    assert replay(shop, "weekly", progress=Quiet()) == [date(2026, 6, n) for n in (7, 21, 28)]
    assert [row for row in kept(shop) if row[0] == date(2026, 6, 14)] == [
        (date(2026, 6, 14), "run", "I-1")
    ]


def test_days_computed_afterwards_make_the_next_run_build_again(shop: Settings) -> None:
    put(shop, "a.json", "I-1", day=date(2026, 6, 1))
    put(shop, "b.json", "I-2")
    run_pipeline(shop)
    assert run_pipeline(shop).is_unchanged
    replay(shop, "weekly", progress=Quiet())
    assert not run_pipeline(shop).is_unchanged
    assert run_pipeline(shop).is_unchanged


def test_a_column_that_came_later_is_null_on_the_days_before(shop: Settings, project: Path) -> None:
    put(shop, "a.json", "I-1", day=DAY - timedelta(days=1))
    run_pipeline(shop)
    described, model = (
        project / "models/marts/marts.yml",
        project / "models/marts/fct_incidents.sql",
    )
    described.write_text(
        described.read_text().replace(
            "- {name: title,", "- {name: weight, data_type: bigint}\n      - {name: title,"
        )
    )
    model.write_text(model.read_text().replace("incidents.title,", "incidents.title, 7 as weight,"))
    (project / "models/marts/fct_kept.sql").write_text(
        f"select as_of, weight from history.{MART}\n"
    )
    put(shop, "b.json", "I-2")
    run_pipeline(shop)
    old = place(shop, DAY - timedelta(days=1))
    with duckdb.connect() as memory:  # as a version wrote it that had one more
        memory.execute(f"create table old as select *, 5 as gone from '{old}'")
        memory.execute(f"copy old to '{old}' (format parquet)")
    place(shop, "columns").unlink()
    put(shop, "c.json", "I-3")
    run_pipeline(shop)
    found = published(shop, "select distinct as_of, weight from fct_kept order by 1")
    assert found == [(DAY - timedelta(days=1), None), (DAY, 7)]
    every = duckdb.execute("select distinct gone from read_parquet(?)", [str(place(shop, "*"))])
    assert set(every.fetchall()) == {(5,), (None,)}


def test_there_is_nothing_to_replay_before_the_first_build(shop: Settings) -> None:
    with pytest.raises(ConfigError, match="gapsight run first"):
        replay(shop, "monthly", progress=Quiet())


def test_a_day_that_cannot_be_built_is_named_and_leaves_nothing_half(
    shop: Settings, project: Path
) -> None:
    model = project / "models/marts/fct_incidents.sql"
    model.write_text(
        model.read_text()
        + "union all select cast('x' as int) || '', 't', null, 'n' from {{ ref('int_run__as_of') }}"
        " where as_of = date '2026-06-14'"
    )
    put(shop, "a.json", "I-1", day=date(2026, 6, 1))
    put(shop, "b.json", "I-2")
    run_pipeline(shop)
    with pytest.raises(PipelineError, match="2026-06-14 could not be built"):
        replay(shop, "weekly", progress=Quiet())
    assert history.days(shop, MART) == [date(2026, 6, 7), DAY]
    assert not (shop.paths.data_dir / "asof" / "replay").exists()


def test_month_ends_and_sundays_between_the_first_and_the_last_day() -> None:
    days = Days(date(2024, 1, 31), date(2024, 4, 30))
    ends = [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)]
    assert list(days_of(days, "monthly")) == ends
    weekly = list(days_of(Days(date(2026, 6, 7), date(2026, 6, 28)), "weekly"))
    assert weekly == [date(2026, 6, day) for day in (7, 14, 21)]


REGISTER = """
    with known as (select incident_id, title from {{ source('raw', 'incidents') }})
    select incident_id, title, false as is_deleted from known
    union all
    select kept.incident_id, kept.title, true as is_deleted
    from history.fct_register as kept
    left join known on kept.incident_id = known.incident_id
    where known.incident_id is null
"""
DESCRIBED = """
version: 2
models:
  - name: fct_register
    config: {meta: {keep_history: last}}
    columns:
      - {name: incident_id, data_type: string}
      - {name: title, data_type: string}
      - {name: is_deleted, data_type: boolean}
"""


def test_a_mart_that_keeps_its_last_rows_remembers_what_its_source_deleted(
    shop: Settings, project: Path
) -> None:
    marts = project / "models" / "marts"
    (marts / "fct_register.sql").write_text(REGISTER)
    (marts / "register.yml").write_text(DESCRIBED)
    query = "select incident_id, title, is_deleted from fct_register order by 1"
    put(shop, "a.json", "I-1", "I-2")
    run_pipeline(shop)
    put(shop, "a.json", "I-2", title="edited")
    run_pipeline(shop)
    known = [("I-1", "out", True), ("I-2", "edited", False)]
    assert published(shop, query) == known
    assert run_pipeline(shop).is_unchanged, "what it remembers is no news"
    run_pipeline(shop, force=True)
    assert published(shop, query) == known
    put(shop, "b.json", "I-1", title="back")
    run_pipeline(shop)
    assert published(shop, query) == [("I-1", "back", False), ("I-2", "edited", False)]
    kept = sorted(p.name for p in place(shop, "x").parents[1].glob("fct_register/*"))
    assert kept == ["columns.parquet", "last.parquet"]
