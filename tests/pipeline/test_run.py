"""The headless run from inbox to published files, on a small dbt project."""

import csv
import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta

import dagster as dg
import duckdb
import pytest

from orchestration import dbt_home
from orchestration.pipeline import RunResult, run_pipeline
from orchestration.settings import Settings
from tests.pipeline.conftest import (
    DAY,
    history,
    instance,
    new_workspace,
    published,
    put,
    small_project,
)

pytestmark = pytest.mark.timeout(240)


class Told:
    def __init__(self) -> None:
        self.stages: dict[str, list[str]] = {}
        self.totals: dict[str, int | None] = {}

    def stage(self, name, total):
        self.stages[name], self.totals[name] = [], total

    def advance(self, label):
        list(self.stages.values())[-1].append(label)


@dataclass
class Done:
    settings: Settings
    result: RunResult
    told: Told


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """One finished run, for tests that only look."""
    folder = tmp_path_factory.mktemp("done")
    shop = new_workspace(folder / "shop")
    put(shop, "a.json", "I-1", title="=cmd()")
    put(shop, "b.json", "I-2", day=DAY - timedelta(days=1))
    shop.paths.published.mkdir(parents=True)
    (shop.paths.published / ".marts.duckdb.99.tmp").write_bytes(b"half")
    (shop.paths.published / ".marts.duckdb.99.tmp.wal").write_bytes(b"half")
    (shop.paths.published / ".parquet.99.tmp").mkdir()
    told = Told()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dbt_home, "PACKAGE", small_project(folder / "small_project"))
        return Done(shop, run_pipeline(shop, progress=told), told)


def test_files_become_published_marts(done):
    result = done.result
    assert (result.files_listed, result.files_loaded, result.rows) == (2, 2, 2)
    assert (result.as_of, result.warnings, result.is_unchanged) == (DAY, (), False)
    assert published(done.settings, "select incident_id, limit_name from fct_incidents") == [
        ("I-1", "shop"),
        ("I-2", "shop"),
    ]
    assert "fct_incidents" in result.log.read_text()


def test_progress_is_told_step_by_step(done):
    told = done.told
    assert list(told.stages) == ["prepare", "load", "build", "publish"]
    assert told.totals["load"] == len(told.stages["load"]) == 2
    assert "incidents/2026-06-30/a.json" in told.stages["load"]
    assert len(told.stages["build"]) == told.totals["build"] == 9
    assert told.stages["publish"] == ["fct_commits", "fct_incidents", "fct_top_gaps"]
    assert set(done.result.seconds) == set(told.stages)


def test_what_is_published_beside_the_database(done):
    folder = done.settings.paths.published
    names = ["marts.duckdb", "parquet", "summary.json", "topn_gaps.csv"]
    assert sorted(place.name for place in folder.iterdir()) == names, "no leftovers of a kill"
    with (folder / "topn_gaps.csv").open(newline="") as stream:
        gap = next(csv.DictReader(stream))
    assert gap["title"] == "'=cmd()", "a spreadsheet must not run it"
    assert gap["delta"] == "-1", "a number stays one"
    assert json.loads((folder / "summary.json").read_text())["top_gaps"][0]["title"] == "=cmd()"
    with duckdb.connect() as memory:
        assert memory.execute(
            "select count(*) from read_parquet(?)", [str(folder / "parquet/fct_incidents.parquet")]
        ).fetchone() == (2,)


def test_descriptions_are_comments_in_the_database(done):
    [(comment,)] = published(
        done.settings, "select comment from duckdb_tables() where table_name = 'fct_incidents'"
    )
    assert comment == "Grain: one row per incident. It's the one."
    [(comment,)] = published(
        done.settings,
        "select comment from duckdb_columns() where table_name = 'fct_incidents' "
        "and column_name = 'incident_id'",
    )
    assert comment == 'Its "key".'
    meta = "from duckdb_columns() where table_name = '_meta'"
    [(columns, described)] = published(
        done.settings, f"select count(*), count(nullif(comment, '')) {meta}"
    )
    assert columns == described == 7
    [(comment,)] = published(
        done.settings, "select comment from duckdb_tables() where table_name = '_meta'"
    )
    assert comment.startswith("One row: what this file was made from")


def test_older_tools_can_open_the_database(done):
    sql = "select tags['storage_version'] from duckdb_databases() where database_name = 'marts'"
    assert published(done.settings, sql) == [("v1.0.0+",)]


def test_the_database_says_what_it_was_made_from(done):
    [(as_of, windows, counts)] = published(
        done.settings, "select as_of, source_windows_json, row_counts_json from _meta"
    )
    assert as_of == DAY
    assert json.loads(windows)["incidents"] == {
        "first_day": "2026-06-29",
        "last_day": "2026-06-30",
        "files": 2,
    }
    assert json.loads(counts) == {"fct_commits": 0, "fct_incidents": 2, "fct_top_gaps": 2}


def test_no_file_stays_open_behind_a_run(done):
    copy = "import duckdb; duckdb.connect({!r}).execute('select 1')"
    code = copy.format(str(done.settings.paths.warehouse))
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_history_is_there_for_the_ui(done):
    shop = done.settings
    assert {(run.job_name, run.status.value) for run in history(shop)} == {
        ("ingest", "SUCCESS"),
        ("build", "SUCCESS"),
    }
    with instance(shop) as kept:
        days = kept.get_materialized_partitions(dg.AssetKey(["raw", "incidents"]))
        assert days == {"2026-06-29", "2026-06-30"}
        for key in (["marts", "fct_incidents"], ["published", "marts"], ["raw", "loads"]):
            assert kept.get_latest_materialization_event(dg.AssetKey(key)), key
