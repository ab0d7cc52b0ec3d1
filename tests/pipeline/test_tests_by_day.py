"""Data tests of a table by day (macros/by_day.sql): each day is asked once, and again when the question is another."""

import shutil
from pathlib import Path
from textwrap import dedent

import duckdb
import pytest

from orchestration.pipeline import PipelineError, run_pipeline
from orchestration.settings import Settings
from tests.pipeline.conftest import DAY, REAL, put

pytestmark = pytest.mark.pipeline
MODELS = {
    "intermediate/int_days": """
        {{ config(materialized='table') }}
        select day, day as from_day, day as until_day, string_agg(incident_id, ' ' order by incident_id) as digest
        from {{ source('raw', 'incidents') }}
        group by day
    """,
    "marts/fct_daily": """
        {{ by_day('day', 'int_days') }}
        select incident_id, title, day from {{ source('raw', 'incidents') }} where {{ batch_days('day') }}
    """,
}
ASKED = """
    version: 2
    models:
      - name: fct_daily
        columns:
          - name: title
            data_tests: [{tests}]
"""
FITS = "{accepted_values: {arguments: {values: [out, back]}}}"


@pytest.fixture
def daily(shop: Settings, project: Path) -> Settings:
    """A workspace whose project has a table by day."""
    shutil.copy(REAL / "macros" / "by_day.sql", project / "macros")
    for name, text in MODELS.items():
        (project / "models" / f"{name}.sql").write_text(dedent(text))
    ask(project, "not_null")
    put(shop, "old.json", "I-1", day=DAY.replace(day=29), title="strange")
    run_pipeline(shop)
    return shop


def ask(project: Path, *tests: str) -> None:
    text = dedent(ASKED).replace("{tests}", ", ".join(tests))
    (project / "models" / "marts" / "daily.yml").write_text(text)


def proved(settings: Settings) -> list[tuple[int, bool]]:
    with duckdb.connect(str(settings.paths.warehouse), read_only=True) as warehouse:
        found = warehouse.execute(
            "select day(day), is_proved from state.built_days where model = 'fct_daily' order by 1"
        )
        return found.fetchall()


def test_a_new_test_asks_of_old_days_too(daily: Settings, project: Path) -> None:
    assert proved(daily) == [(29, True)]
    ask(project, "not_null", FITS)
    with pytest.raises(PipelineError, match="accepted_values_fct_daily_title"):
        run_pipeline(daily)
    with pytest.raises(PipelineError, match="accepted_values_fct_daily_title"):
        run_pipeline(daily)
    ask(project, "not_null", FITS.replace("back", "strange"))
    run_pipeline(daily)
    assert proved(daily) == [(29, True)]


def test_a_night_asks_of_its_own_day_only(daily: Settings) -> None:
    with duckdb.connect(str(daily.paths.warehouse)) as warehouse:  # as if a disk had done it
        warehouse.execute("update marts.fct_daily set title = null")
    put(daily, "new.json", "I-2")
    run_pipeline(daily)
    assert proved(daily) == [(29, True), (30, True)]
    put(daily, "new.json", "I-3", title="")
    with pytest.raises(PipelineError, match="not_null_fct_daily_title: Got 1 result"):
        run_pipeline(daily)
    assert proved(daily) == [(29, True), (30, False)]
