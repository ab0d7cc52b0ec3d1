"""The headless run from inbox to published files, on a small dbt project."""

import csv
import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import duckdb
import pytest

from orchestration import dagster_home, dbt_assets, dbt_home
from orchestration.launcher import NOT_FETCHED
from orchestration.pipeline import PipelineError, RunResult, run_pipeline
from orchestration.settings import ConfigError, Settings
from tests.pipeline.conftest import DAY, git, new_workspace, published, put, small_project

pytestmark = pytest.mark.timeout(240)


@contextmanager
def instance(settings):
    with (
        dagster_home.prepared(settings) as home,
        dg.DagsterInstance.from_config(str(home)) as opened,
    ):
        yield opened


def history(settings):
    with instance(settings) as kept:
        return kept.get_runs()


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


def test_nothing_is_built_from_an_empty_inbox(shop):
    with pytest.raises(ConfigError) as error:
        run_pipeline(shop)
    said = str(error.value)
    assert said.startswith(f"Nothing is loaded yet: the inbox {shop.paths.inbox} is empty.")
    assert "gapsight init" in said
    assert not shop.paths.warehouse.exists()


def test_nothing_is_built_from_unreadable_files_and_they_are_named(shop):
    put(shop, "noise.json").write_bytes(b"\x00")
    with pytest.raises(ConfigError, match="gave a row") as error:
        run_pipeline(shop)
    assert "incidents/2026-06-30/noise.json: not JSON" in str(error.value)
    assert not shop.paths.marts.exists()


def test_unreadable_files_are_told_of_at_each_run(shop):
    put(shop, "a.json", "I-1")
    for number in range(4):
        put(shop, f"bad-{number}.json").write_bytes(b"")
    for loaded in (5, 0):
        result = run_pipeline(shop)
        assert (result.files_loaded, len(result.unreadable)) == (loaded, 4)
        [warning] = result.warnings
        assert warning.startswith(
            "4 files of the inbox are unreadable: incidents/2026-06-30/bad-0.json: an empty file"
        )
        assert warning.endswith("; and 1 more")


def test_nothing_is_built_twice_from_the_same(shop):
    put(shop, "a.json", "I-1")
    run_pipeline(shop)
    before = shop.paths.marts.stat().st_mtime_ns
    result = run_pipeline(shop)
    assert (result.is_unchanged, result.files_loaded) == (True, 0)
    assert shop.paths.marts.stat().st_mtime_ns == before
    assert not run_pipeline(shop, force=True).is_unchanged
    assert shop.paths.marts.stat().st_mtime_ns > before


def test_whatever_changes_is_built_again(shop):
    put(shop, "a.json", "I-1")
    run_pipeline(shop)
    put(shop, "b.json", "I-2")
    assert run_pipeline(shop).files_loaded == 1
    assert published(shop, "select count(*) from fct_incidents") == [(2,)]
    shop.paths.seeds.mkdir()
    (shop.paths.seeds / "limits.csv").write_text("name\nmine\n")
    result = run_pipeline(shop)
    assert (result.is_unchanged, result.files_loaded) == (False, 0)
    assert published(shop, "select distinct limit_name from fct_incidents") == [("mine",)]
    shop.paths.marts.unlink()
    assert not run_pipeline(shop).is_unchanged
    assert shop.paths.marts.exists()


def test_a_publication_that_a_disk_spoiled_is_published_again(shop):
    put(shop, "a.json", "I-1")
    run_pipeline(shop)
    was = shop.paths.marts.stat()
    shop.paths.marts.write_bytes(bytes(was.st_size))
    os.utime(shop.paths.marts, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert not run_pipeline(shop).is_unchanged
    assert published(shop, "select count(*) from fct_incidents") == [(1,)]


def test_a_failed_test_is_named_and_nothing_is_published(shop):
    put(shop, "a.json", "I-1")
    run_pipeline(shop)
    put(shop, "b.json", "I-1")
    with pytest.raises(PipelineError, match="unique_fct_incidents_incident_id") as error:
        run_pipeline(shop)
    assert error.value.log.exists()
    assert str(error.value.log) in error.value.message
    assert published(shop, "select count(*) from fct_incidents") == [(1,)]
    with pytest.raises(PipelineError):
        run_pipeline(shop)
    put(shop, "b.json", "I-2")
    run_pipeline(shop)
    assert published(shop, "select count(*) from fct_incidents") == [(2,)]


def test_a_seed_that_fails_its_test_is_named(shop):
    put(shop, "a.json", "I-1")
    shop.paths.seeds.mkdir()
    (shop.paths.seeds / "limits.csv").write_text("name,value\nmine,7\n")
    with pytest.raises(PipelineError, match="accepted_values_limits_value"):
        run_pipeline(shop)
    assert not shop.paths.marts.exists()


def test_a_project_that_cannot_be_parsed_is_a_matter_of_configuration(shop, project):
    (project / "models" / "broken.sql").write_text("select * from {{ ref('nowhere') }}")
    with pytest.raises(ConfigError, match="nowhere"):
        run_pipeline(shop)


def test_a_reader_is_never_disturbed(shop):
    put(shop, "a.json", "I-1")
    run_pipeline(shop)
    old = duckdb.connect(str(shop.paths.marts), read_only=True)
    seen: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            code = (
                f"import duckdb; c = duckdb.connect({str(shop.paths.marts)!r}, read_only=True);"
                "print(c.execute('select count(*) from fct_incidents').fetchone()[0])"
            )
            out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
            seen.append(int(out.stdout))

    reader = threading.Thread(target=read)
    reader.start()
    put(shop, "b.json", "I-2")
    run_pipeline(shop)
    time.sleep(1)
    done.set()
    reader.join()
    assert seen == sorted(seen)
    assert set(seen) <= {1, 2}
    assert seen[-1] == 2
    assert old.execute("select count(*) from fct_incidents").fetchone() == (1,)
    old.close()


def test_a_warehouse_somebody_else_has_open_is_waited_for(shop, monkeypatch):
    monkeypatch.setattr(dbt_assets, "LOCK_WAIT_SECONDS", 2)
    put(shop, "a.json", "I-1")
    run_pipeline(shop)
    code = (
        f"import duckdb, time; c = duckdb.connect({str(shop.paths.warehouse)!r}); "
        "print('held', flush=True); time.sleep(4)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        put(shop, "b.json", "I-2")
        run_pipeline(shop)
    assert published(shop, "select count(*) from fct_incidents") == [(2,)]


# Days


def test_a_past_day_is_built_beside_what_is_published(shop):
    put(shop, "a.json", "I-1", day=DAY - timedelta(days=3))
    put(shop, "b.json", "I-2")
    run_pipeline(shop)
    before = shop.paths.marts.stat().st_mtime_ns
    runs = len(history(shop))
    past = DAY - timedelta(days=2)
    result = run_pipeline(shop, as_of=past)
    assert result.as_of == past
    assert result.published == shop.paths.data_dir / "asof" / past.isoformat() / "published"
    at = shop.at(past)
    assert published(at, "select incident_id from fct_incidents") == [("I-1",)]
    assert published(at, "select as_of from _meta") == [(past,)]
    assert shop.paths.marts.stat().st_mtime_ns == before
    assert len(history(shop)) == runs + 1, "only the look at the inbox"
    assert run_pipeline(shop).is_unchanged


@pytest.mark.parametrize("day", ["2026-06-01", "2026-07-01", "2030-01-01"])
def test_a_day_without_data_is_refused_with_the_days_there_are(shop, day):
    put(shop, "a.json", "I-1")
    with pytest.raises(ConfigError, match="loaded days run from 2026-06-30 to 2026-06-30"):
        run_pipeline(shop, as_of=date.fromisoformat(day))


def test_a_day_before_the_first_is_refused_before_anything_is_done(shop):
    with pytest.raises(ConfigError, match=r"nothing before first_day \(2026-06-01\)"):
        run_pipeline(shop, as_of=date(2026, 5, 31))
    assert not shop.paths.data_dir.exists()


def test_a_past_day_of_an_empty_lake_is_refused(shop):
    with pytest.raises(ConfigError, match="nothing is loaded"):
        run_pipeline(shop, as_of=DAY)


def test_files_of_days_nobody_asked_for_are_told_of(shop):
    put(shop, "a.json", "I-1")
    put(shop, "b.json", "I-0", day=date(2026, 5, 1))
    put(shop, "c.json", "I-9", day=date(2999, 1, 1))
    result = run_pipeline(shop)
    [warning] = result.warnings
    assert "2 inbox files lie before 2026-06-01" in warning
    assert "2026-05-01 to 2999-01-01" in warning
    assert result.files_loaded == 1


def test_files_years_apart_cost_no_record_of_every_day_between(tmp_path, project):
    shop = replace(new_workspace(tmp_path / "shop"), first_day=date(2019, 1, 1))
    put(shop, "old.json", "I-1", day=date(2019, 3, 1))
    put(shop, "near.json", "I-2", day=date(2019, 3, 20))
    put(shop, "new.json", "I-3")
    assert run_pipeline(shop).files_loaded == 3
    ranges = [
        (
            run.tags["dagster/asset_partition_range_start"],
            run.tags["dagster/asset_partition_range_end"],
        )
        for run in history(shop)
        if run.job_name == "ingest"
    ]
    assert sorted(ranges) == [("2019-03-01", "2019-03-20"), ("2026-06-30", "2026-06-30")]


def test_a_dropped_file_is_sorted_in_and_loaded(shop):
    place = put(shop, "a.json", "I-1")
    place.rename(shop.paths.inbox / "incidents" / "export-2026-06-30.json")
    assert run_pipeline(shop).files_loaded == 1
    assert (place.parent / "export-2026-06-30.json").exists()


def test_an_inbox_folder_that_no_source_reads_is_told_of(shop):
    put(shop, "a.json", "I-1")
    for name in ("incidentz", "junit"):  # misspelled; and a format that comes inside CI bundles
        (shop.paths.inbox / name).mkdir()
    one, other = run_pipeline(shop).warnings
    assert "inbox/incidentz is read by no source: did you mean incidents?" in one
    assert "inbox/junit is read by no source: there are access_log," in other


def test_too_many_rejects_fail_the_check_but_not_the_run(shop):
    put(shop, "a.json", "I-1")
    place = put(shop, "bad.json")
    place.write_text('[{"title": "no id"}]')
    result = run_pipeline(shop)
    assert (result.rejected, result.unreadable) == (1, ())
    [warning] = result.warnings
    assert "incidents: in the folders of 2026-06-30 1 of 2 records are rejected (50.0%)" in warning
    assert "incidents/2026-06-30/bad.json: 1 of 1" in warning
    check = dg.AssetCheckKey(dg.AssetKey(["raw", "incidents"]), "reject_share")
    with instance(shop) as kept:
        [record] = kept.event_log_storage.get_asset_check_execution_history(check, limit=1)
        evaluation = record.event.dagster_event.asset_check_evaluation_data
    assert not evaluation.passed
    assert evaluation.severity == dg.AssetCheckSeverity.ERROR
    assert "bad.json" in evaluation.metadata["files"].value


# Repositories


def test_commits_are_fetched_loaded_and_fetched_again(tmp_path, project):
    repo = tmp_path / "shop" / "web"
    repo.mkdir(parents=True)
    git(repo, "init", "-b", "main")
    (repo / "a.py").write_text("a\n")
    git(repo, "add", ".")
    git(repo, "commit", "-m", "one")
    shop = new_workspace(tmp_path / "shop", '[[repos]]\nname = "web"\npath = "web"\n')
    put(shop, "a.json", "I-1", day=DAY + timedelta(days=20))
    result = run_pipeline(shop)
    assert result.files_listed == 1 + 50 + 3, (
        "a day up to the inbox's last has a log, a Sunday its sizes"
    )
    assert published(shop, "select file from fct_commits") == [("a.py",)]
    (repo / "b.py").write_text("b\n")
    git(repo, "add", ".")
    git(repo, "commit", "-m", "two")
    assert run_pipeline(shop).files_loaded == 1 + 3
    assert published(shop, "select count(*) from fct_commits") == [(2,)]
    assert run_pipeline(shop).is_unchanged


def test_a_repository_that_is_not_there_does_not_stop_the_rest(tmp_path, project):
    shop = new_workspace(tmp_path / "shop", '[[repos]]\nname = "web"\npath = "absent"\n')
    put(shop, "a.json", "I-1")
    result = run_pipeline(shop)
    assert [w for w in result.warnings if "absent" in w and "git could not be fetched" in w]
    [tag] = [run.tags[NOT_FETCHED] for run in history(shop) if run.job_name == "ingest"]
    assert tag == "git"
    assert published(shop, "select count(*) from fct_incidents") == [(1,)]


def test_a_vendor_that_cannot_be_asked_does_not_hold_back_the_files_of_its_family(
    tmp_path, project
):
    pager = '[[fetch.pagerduty]]\nname = "shop"\ntoken_env = "NOBODY_SET_THIS"\n'
    first_day = datetime.now(UTC).date() - timedelta(days=2)  # up to today is asked for
    shop = replace(new_workspace(tmp_path / "shop", pager), first_day=first_day)
    put(shop, "a.json", "I-1", day=first_day)
    result = run_pipeline(shop)
    assert [w for w in result.warnings if "NOBODY_SET_THIS" in w]
    assert published(shop, "select count(*) from fct_incidents") == [(1,)]


def test_a_run_removes_what_is_older_than_the_inbox_keeps_and_its_rows_stay(tmp_path, project):
    shop = new_workspace(tmp_path / "shop", "keep_inbox_days = 30\n")
    old = put(shop, "a.json", "I-1")
    result = run_pipeline(shop)
    assert (result.removed, result.files_listed, result.rows) == ({"incidents": 1}, 1, 1)
    assert not old.exists()
    assert published(shop, "select incident_id from fct_incidents") == [("I-1",)]
    again = run_pipeline(shop)
    assert (again.removed, again.is_unchanged, again.warnings) == ({}, True, ())
    log = (shop.paths.dagster_home / "history" / "runs").glob("*.db")
    said = b"incidents: 1 inbox files removed by retention (keep_inbox_days 30)"
    assert any(said in place.read_bytes() for place in log)
