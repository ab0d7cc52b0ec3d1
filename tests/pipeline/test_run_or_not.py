"""When a run builds, when it waits and when it refuses; a reader of what is published never notices."""

import os
import subprocess
import sys
import threading
import time

import duckdb
import pytest

from orchestration import dbt_assets
from orchestration.pipeline import PipelineError, run_pipeline
from orchestration.settings import ConfigError
from tests.pipeline.conftest import published, put

pytestmark = pytest.mark.timeout(240)


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
    # A copy: the run beside it sets variables, and a process that is started meanwhile may find torn ones (EFAULT).
    variables = dict(os.environ)

    def read() -> None:
        while not done.is_set():
            code = (
                f"import duckdb; c = duckdb.connect({str(shop.paths.marts)!r}, read_only=True);"
                "print(c.execute('select count(*) from fct_incidents').fetchone()[0])"
            )
            out = subprocess.run(
                [sys.executable, "-c", code], env=variables, check=True, capture_output=True
            )
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
