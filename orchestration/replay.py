"""History that nobody kept: what today's code and seeds say of past days, from what the lake holds.

A day that a run published is never replaced: it is what people were told. Of other days the kept marts are built in
a scratch copy of the warehouse, where only what depends on the day is built again: by DuckDB, whatever built the rest.
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import duckdb
import msgspec

from orchestration import builds, history, memory, spark_tables, sql_text
from orchestration.days import Days
from orchestration.dbt_assets import warehouse_held
from orchestration.dbt_home import prepare
from orchestration.dbt_run import Statement, run_dbt
from orchestration.lake import Lake
from orchestration.observer import Progress
from orchestration.pipeline import PipelineError
from orchestration.publish import code_version_of
from orchestration.settings import ConfigError, Settings

Every = Literal["monthly", "weekly"]

_DAY = "int_run__as_of"
_SUNDAY = 6


def replay(settings: Settings, every: Every, *, progress: Progress) -> list[date]:
    """Keep the last day of each month (or each Sunday) between the first and the last loaded one; those days.

    ConfigError where no build has passed, PipelineError with dbt's words where a day cannot be built; days before it
    are kept by then.
    """
    # The days are built by DuckDB, whatever built the warehouse.
    described = msgspec.json.decode(prepare(replace(settings, engine="duckdb")).read_bytes())
    marts = [mart for mart in history.kept_marts(described) if mart.by_day]
    code_version = code_version_of(described)
    loaded = Lake(settings.paths.lake).loaded_days()
    if loaded is None or not builds.has_passed(settings):
        raise ConfigError("There is no build to start from: gapsight run first.")
    told = {day for mart in marts for day in history.days(settings, mart.name, kept_by="run")}
    wanted = [day for day in days_of(loaded, every) if day not in told]
    scratch = settings.paths.data_dir / "asof" / "replay"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        progress.stage("prepare", None)
        with warehouse_held(settings):
            builds.copy_warehouse(settings, scratch)
            if builds.engine_of(settings) == "spark":
                spark_tables.copied(settings, scratch)
                spark_tables.take_over(_at(settings, scratch, loaded.last), described)
        progress.stage("replay", len(wanted))
        tables: list[Statement] = []
        for day in wanted:
            there = _at(settings, scratch, day)
            with Lake(settings.paths.lake).frozen():
                tables = _made_again(there, tables) if tables else _built(there, marts)
            history.keep(there, marts, how="replay", code_version=code_version)
            progress.advance(str(day))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return wanted


def days_of(loaded: Days, every: Every) -> Iterator[date]:
    """The days to keep, the last loaded one left out: that is the nightly run's."""
    for ordinal in range(loaded.first.toordinal(), loaded.last.toordinal()):
        day = date.fromordinal(ordinal)
        ends_month = (day + timedelta(days=1)).day == 1
        if ends_month if every == "monthly" else day.weekday() == _SUNDAY:
            yield day


def _at(settings: Settings, scratch: Path, day: date) -> Settings:
    paths = replace(settings.paths, warehouse=scratch / settings.paths.warehouse.name)
    return replace(settings, paths=paths, as_of=day, engine="duckdb")


def _built(settings: Settings, marts: list[history.Kept]) -> list[Statement]:
    """Build the kept marts and what lies between them and the day; the tables' statements in their order."""
    selected = [f"{_DAY}+,+{mart.name}" for mart in marts]
    if settings.paths.spark.is_dir():
        selected.append(spark_tables.VIEWS)
    outcome = run_dbt(settings, "run", ["--select", *selected])
    if outcome.problems:
        problems = "\n".join(f"- {problem}" for problem in outcome.problems[:3])
        raise PipelineError(f"{settings.as_of} could not be built.\n{problems}")
    return outcome.tables


def _made_again(settings: Settings, tables: list[Statement]) -> list[Statement]:
    """Run the statements that dbt compiled for another day: of all models only one names the day.

    A day takes DuckDB a second or two; dbt's own time for as many models is ten.
    """
    with memory.connect(settings, settings.paths.warehouse) as warehouse:
        warehouse.execute("set TimeZone = 'UTC'")
        for name, relation, query in tables:
            day = f"select date {sql_text.text(str(settings.as_of))} as as_of"
            try:
                warehouse.execute(
                    f"create or replace table {relation} as ({day if name == _DAY else query})"
                )
            except duckdb.Error as error:
                raise PipelineError(
                    f"{settings.as_of} could not be built.\n- {name}: {error}"
                ) from error
    return tables
