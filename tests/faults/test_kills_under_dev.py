"""kill -9 of the process that executes a run of the UI, at a random moment of loading, dbt and publishing.

Nothing below it is a process of dbt: dbt runs inside the run worker (orchestration/dbt_run.py). That one is
found by the lock it holds meanwhile, which is how runs of the UI and of the command line wait for each other.
"""

import json
import os
import random
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.launcher import WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG

from orchestration import dbt_home
from orchestration.lake import locked
from orchestration.launcher import HEADLESS, WatchedRunLauncher
from orchestration.pipeline import run_pipeline
from tests.faults.shops import Reader, Shops, holder, locks_held, marts, tree
from tests.pipeline.processes import ROOT, Ui, alive, children, serving, wait_until

pytestmark = [pytest.mark.pipeline, pytest.mark.long, pytest.mark.timeout(240)]
FILES = 600  # enough for reading processes (orchestration/workers.py)
ONE_IN = 4  # of --kills: each starts two processes of Dagster
STAGES = ("build", "load", "publish")
LONGEST = {"load": 1.5, "build": 1.5, "publish": 0.04}
JOBS = {"load": "ingest", "build": "build", "publish": "build"}
POWER_CUTS_FROM = 20  # kills: starting the UI again takes longer than all else
MONTH = {"asset_partition_range_start": "2026-06-01", "asset_partition_range_end": "2026-06-30"}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, small: Path) -> Path:
    """This source tree, with the small dbt project in place of its own: for processes that others start."""
    folder = tmp_path_factory.mktemp("source")
    for name in ("orchestration", "ingest", "gapsight", "dagster.yaml", "workspace.yaml"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "dbt_project").symlink_to(small)
    return folder


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory, small: Path) -> Iterator[Shops]:
    """Both workspaces, one of them published once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt_home, "PACKAGE", small)
        shops = Shops.below(tmp_path_factory.mktemp("faults"), FILES)
        shops.drop(-1)
        run_pipeline(shops.killed)
        yield shops


@pytest.fixture(scope="module")
def ui(shops: Shops, source: Path) -> Iterator[Ui]:
    with serving(shops.killed, source) as running:
        running.stop_sensors()
        yield running


def launch(ui: Ui, job: str) -> str:
    return ui.launch(job, **(MONTH if job == "ingest" else {}))


def worker_in(shops: Shops, stage: str) -> int | None:
    """The process that is in a stage just now."""
    paths = shops.killed.paths
    if stage == "load":
        return holder(paths.lake / "_state" / "locks" / "incidents.lock")
    there = {
        "build": not paths.warehouse.with_suffix(".passed").exists(),
        "publish": any(paths.published.glob(".marts.duckdb.*.tmp")),
    }
    return holder(paths.warehouse.with_suffix(".lock")) if there[stage] else None


def kill_in(ui: Ui, shops: Shops, stage: str, seconds: float) -> float | None:
    """Kill the worker so long after it is in a stage; when that was, None if it left the stage before."""
    seen = []
    assert wait_until(lambda: seen.append(worker_in(shops, stage)) or seen[-1], 60, every=0.002)
    worker = seen[-1]
    time.sleep(seconds)
    below, of_ui = children(worker), children(ui.process.pid)
    if worker != worker_in(shops, stage):
        return None
    with suppress(ProcessLookupError):
        os.kill(worker, signal.SIGKILL)
    at = time.monotonic()
    assert worker in of_ui
    assert wait_until(lambda: not alive({worker, *below})), "what it started ends with it"
    return at


def test_the_next_run_of_the_same_ui_is_green(
    ui: Ui,
    shops: Shops,
    stage: str,
    number: int,
    record_property: Callable[[str, object], None],
) -> None:
    if stage == "load":
        shops.drop(number)
    seconds = random.Random(number).uniform(0, LONGEST[stage])
    with Reader(shops.killed) as reader:
        run = launch(ui, JOBS[stage])
        at = kill_in(ui, shops, stage, seconds)
        killed = ui.ended(run)["status"] == "FAILURE"
        assert killed <= (at is not None), "a run that is left alone is green"
        record_property("killed", killed)
        if killed:
            record_property("noticed", round(time.monotonic() - at, 1))
        assert ui.ended(launch(ui, JOBS[stage]))["status"] == "SUCCESS"
        if killed:
            record_property("green", round(time.monotonic() - at, 1))
    published = marts(shops.killed)
    assert reader.saw_only_whole(len(published))
    if stage != "load":
        assert Counter(row[0] for row in published["fct_incidents"]) == Counter(shops.ids)


def test_after_all_kills_everything_is_as_if_there_had_been_none(ui: Ui, shops: Shops) -> None:
    assert ui.ended(launch(ui, "build"))["status"] == "SUCCESS"
    run_pipeline(shops.calm)
    assert marts(shops.killed) == marts(shops.calm)
    assert tree(shops.killed) == tree(shops.calm), "no stray file"
    assert not locks_held(shops.killed)


def test_after_a_power_cut_the_dead_run_holds_no_slot(
    ui: Ui, shops: Shops, source: Path, request: pytest.FixtureRequest
) -> None:
    if int(request.config.getoption("--kills")) < POWER_CUTS_FROM:
        pytest.skip(f"starts the UI twice: with --kills {POWER_CUTS_FROM}")
    run = launch(ui, "build")
    assert wait_until(lambda: worker_in(shops, "build"), 60)
    everything = {ui.process.pid, *children(ui.process.pid)}
    for pid in everything:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    ui.process.wait(60)
    assert wait_until(lambda: not alive(everything))
    with serving(shops.killed, source) as again:
        assert again.ended(launch(again, "build"))["status"] == "SUCCESS"
        assert again.run(run)["status"] == "FAILURE"


@pytest.mark.parametrize("by", ["the UI", "a command"])
def test_a_run_whose_process_is_gone_is_told_from_one_that_goes_on(tmp_path: Path, by: str) -> None:
    place = tmp_path / "there"
    tag = {"the UI": GRPC_INFO_TAG, "a command": HEADLESS}[by]
    value = {"the UI": json.dumps({"socket": str(place)}), "a command": str(place)}[by]
    run = dg.DagsterRun(job_name="build", tags={tag: value})
    launcher = WatchedRunLauncher()
    assert launcher.check_run_worker_health(run).status == WorkerStatus.FAILED, "never there"
    with alive_at(place, by):
        assert launcher.check_run_worker_health(run).status == WorkerStatus.RUNNING
    assert place.exists()
    assert launcher.check_run_worker_health(run).status == WorkerStatus.FAILED, "left behind"


@contextmanager
def alive_at(place: Path, by: str) -> Iterator[None]:
    """What a living process has there: a socket that it listens at, or a file that it locks."""
    if by == "the UI":
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(place))
            listening.listen()
            yield
    else:
        with locked(place):
            yield
