"""A build tried out in a copy: what it gives, and that the workspace stays as it was."""

import fcntl
import hashlib
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from orchestration import builds, dbt_home, trial
from orchestration.lake import Lake, locked
from orchestration.pipeline import run_pipeline
from orchestration.settings import ConfigError, Settings
from tests.pipeline.conftest import as_if_by_spark, new_workspace, published, put, small_project

pytestmark = pytest.mark.timeout(240)
ROOT = Path(__file__).parents[2]
LIMITS = [{"name": "other", "value": 2, "note": ""}]
RUN = """
import sys
from pathlib import Path
from orchestration import dbt_home
from orchestration.pipeline import run_pipeline
from orchestration.settings import load

dbt_home.PACKAGE = Path(sys.argv[2])
run_pipeline(load(Path(sys.argv[1]), environ={}), force=True)
"""
NAMES = "select distinct limit_name from marts.fct_incidents"


class Told:
    def __init__(self) -> None:
        self.stages: list[str] = []

    def stage(self, name, total):
        self.stages.append(name)

    def advance(self, label):
        pass


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    return small_project(tmp_path_factory.mktemp("project") / "small_project")


@pytest.fixture(scope="module")
def ran(tmp_path_factory, project) -> Settings:
    """A workspace with a finished run, for tests that only look."""
    settings = new_workspace(tmp_path_factory.mktemp("ran") / "shop")
    put(settings, "a.json", "I-1")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dbt_home, "PACKAGE", project)
        run_pipeline(settings)
    return settings


@pytest.fixture(autouse=True)
def scratch(tmp_path, monkeypatch, project) -> Path:
    """Where the copies lie, so that a test sees whether one was left."""
    monkeypatch.setattr(dbt_home, "PACKAGE", project)
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def state(folder: Path) -> dict[str, tuple[int, str]]:
    """Time and content of everything below a folder."""
    return {
        str(place.relative_to(folder)): (
            place.stat().st_mtime_ns,
            hashlib.sha256(place.read_bytes()).hexdigest() if place.is_file() else "",
        )
        for place in [folder, *folder.rglob("*")]
    }


def names(copy: trial.Trial) -> list[str]:
    return [row["limit_name"] for row in copy.rows(NAMES)]


def test_other_rows_of_a_seed_are_tried_and_nothing_of_the_workspace_changes(ran, scratch):
    before = state(ran.paths.workspace)
    told = Told()
    with trial.trial(ran, told) as copy:
        assert copy.is_current
        assert names(copy) == ["shop"]
        assert copy.build({"limits": LIMITS}, ["limits+"]) == []
        assert names(copy) == ["other"]
        assert list(scratch.iterdir())
    assert told.stages == ["copy", "build"]
    assert not scratch.joinpath(copy.settings.paths.workspace.name).exists()
    assert state(ran.paths.workspace) == before
    assert list(scratch.iterdir()) == []


def test_two_trials_at_once_know_nothing_of_each_other(ran, scratch):
    with trial.trial(ran, Told()) as one, trial.trial(ran, Told()) as other:
        assert one.build({"limits": LIMITS}, ["limits+"]) == []
        assert (names(one), names(other)) == (["other"], ["shop"])
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, ConfigError])
def test_the_copy_is_gone_however_it_ends(ran, scratch, error):
    with pytest.raises(error), trial.trial(ran, Told()):
        raise error("stopped")
    assert list(scratch.iterdir()) == []


def test_values_that_the_models_cannot_take_are_named_with_the_model(ran):
    with trial.trial(ran, Told()) as copy:
        problems = copy.build({"limits": [{"name": "x", "value": "many"}]}, ["limits+"])
    assert any("limits" in problem and "many" in problem for problem in problems)


def test_it_waits_for_a_run_that_holds_the_warehouse_and_says_so(ran):
    told, held, waiting = Told(), threading.Event(), threading.Event()

    def hold():
        with locked(ran.paths.warehouse.with_suffix(".lock")):
            held.set()
            waiting.wait(30)

    run = threading.Thread(target=hold)
    run.start()
    held.wait(30)
    told.stage = lambda name, total: (told.stages.append(name), waiting.set())
    with trial.trial(ran, told) as copy:
        assert names(copy) == ["shop"]
    run.join()
    assert told.stages[0] == "wait for the run that holds the warehouse"


def test_beside_a_run_each_trial_sees_a_whole_warehouse_and_the_run_ends_well(ran, project):
    run = subprocess.Popen([sys.executable, "-c", RUN, ran.paths.workspace, project], cwd=ROOT)
    told, tried = Told(), 0
    while run.poll() is None:
        with trial.trial(ran, told) as copy:
            assert names(copy) == ["shop"]
            assert copy.is_current
            assert copy.build({"limits": LIMITS}, ["limits+"]) == []
            assert names(copy) == ["other"]
            tried += 1
    assert run.returncode == 0
    assert tried > 1
    assert published(ran, "select distinct limit_name from fct_incidents") == [("shop",)]


def test_no_loader_changes_the_lake_meanwhile(ran):
    lock = Lake(ran.paths.lake).state / "locks" / "lake.lock"
    with (
        trial.trial(ran, Told()),
        pytest.raises(BlockingIOError),
        locked(lock, fcntl.LOCK_EX | fcntl.LOCK_NB),
    ):
        pass
    with locked(lock, fcntl.LOCK_EX | fcntl.LOCK_NB):
        pass


def test_without_a_warehouse_it_says_what_to_run(tmp_path, scratch):
    settings = new_workspace(tmp_path / "new")
    with (
        pytest.raises(ConfigError, match=r"Run this first: gapsight run$"),
        trial.trial(settings, Told()),
    ):
        pass
    with (
        pytest.raises(ConfigError, match=r"gapsight run --as-of 2026-06-29$"),
        trial.trial(settings.at(date(2026, 6, 29)), Told()),
    ):
        pass
    assert not settings.paths.data_dir.exists()
    assert list(scratch.iterdir()) == []


def test_a_run_that_did_not_end_well_is_nothing_to_compare_with(ran):
    passed = ran.paths.warehouse.with_suffix(".passed")
    content = passed.read_bytes()
    passed.unlink()
    try:
        with pytest.raises(ConfigError, match="did not end well"), trial.trial(ran, Told()):
            pass
    finally:
        passed.write_bytes(content)


def test_a_load_that_was_interrupted_is_left_to_the_next_run(ran):
    journal = Lake(ran.paths.lake).state / "journal.json"
    journal.write_bytes(b"{}")
    try:
        with pytest.raises(ConfigError, match="interrupted"), trial.trial(ran, Told()):
            pass
        assert journal.exists()
    finally:
        journal.unlink()


def test_without_room_it_says_how_much_it_takes(ran, scratch, monkeypatch):
    monkeypatch.setattr(builds, "_FICLONE", 0)
    monkeypatch.setattr(
        builds.shutil, "disk_usage", lambda _: builds.shutil._ntuple_diskusage(9, 9, 0)
    )
    with pytest.raises(ConfigError, match="set TMPDIR to a larger disk"), trial.trial(ran, Told()):
        pass
    assert list(scratch.iterdir()) == []


def test_it_says_when_code_or_data_are_not_those_of_the_last_run(
    tmp_path_factory, tmp_path, project, monkeypatch
):
    other = small_project(tmp_path / "other_project")
    (other / "models" / "marts" / "fct_commits.sql").write_text(
        "select sha, file, 1 as n from {{ source('raw', 'commits') }}"
    )
    settings = new_workspace(tmp_path / "shop")
    put(settings, "a.json", "I-1")
    run_pipeline(settings)
    with monkeypatch.context() as patched:
        patched.setattr(dbt_home, "PACKAGE", other)
        with trial.trial(settings, Told()) as copy:
            assert not copy.is_current, "the models are others"
    (settings.paths.seeds).mkdir()
    (settings.paths.seeds / "limits.csv").write_text("name,value,note\nedited,1,\n")
    with trial.trial(settings, Told()) as copy:
        assert copy.is_current, (
            "an edited seed is no other code: the copy holds the one it was built with"
        )
        assert names(copy) == ["shop"]
    from orchestration.loading import load_family

    put(settings, "b.json", "I-2")
    load_family(settings, "incidents", None)
    with trial.trial(settings, Told()) as copy:
        assert not copy.is_current, "there are newer data"


def test_it_is_of_what_built_the_warehouse_whatever_the_settings_say_now(
    tmp_path, project, monkeypatch
):
    """`gapsight run --engine spark` names another engine than gapsight.toml, and so may the next run."""
    other = small_project(tmp_path / "other_project")
    model = other / "models" / "marts" / "fct_top_gaps.sql"
    model.write_text(
        f"{model.read_text()} where day <= (select max(day) from {{{{ ref('stg_days') }}}})"
    )
    monkeypatch.setattr(dbt_home, "PACKAGE", other)
    settings = new_workspace(tmp_path / "shop")
    put(settings, "a.json", "I-1")
    run_pipeline(settings)
    with trial.trial(replace(settings, engine="spark"), Told()) as copy:
        assert names(copy) == ["shop"], "there are no tables of Spark, and none are needed"
    as_if_by_spark(settings)
    for said in (settings, replace(settings, engine="spark")):
        with trial.trial(said, Told()) as copy:
            assert copy.is_current
            assert names(copy) == ["shop"]
            assert copy.build({"limits": LIMITS}, ["limits+"]) == []
            assert names(copy) == ["other"]
    put(settings, "b.json", "I-2")
    run_pipeline(settings)
    assert not settings.paths.spark.exists(), "nobody reads the tables of the other engine any more"
    with trial.trial(replace(settings, engine="spark"), Told()) as copy:
        assert copy.rows("select count(*) as n from marts.fct_incidents") == [{"n": 2}]
