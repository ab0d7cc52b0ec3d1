"""Several loaders, readers and worker processes at one lake at once."""

import fcntl
import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path

from orchestration import reading, workers
from orchestration.lake import Lake
from orchestration.loading import load_family
from orchestration.settings import load as settings_of
from tests.unit.lake_support import (
    content,
    fill,
    incident,
    load,
    parts,
    put_incidents,
    rows,
    workspace,
)


def _load_in_process(folder: str, ready, go) -> None:
    settings = settings_of(Path(folder), environ={})  # to write it again would race with the other
    ready.set()
    go.wait()
    load_family(settings, "incidents")


def test_two_loaders_at_once_give_what_one_gives(tmp_path):
    settings, alone = workspace(tmp_path / "two"), workspace(tmp_path / "one")
    for place in (settings, alone):
        fill(place, range(40))
    load(alone)
    context = multiprocessing.get_context("spawn")
    go = context.Event()
    ready = [context.Event() for _ in range(2)]
    both = [
        context.Process(target=_load_in_process, args=(str(tmp_path / "two"), event, go))
        for event in ready
    ]
    for process in both:
        process.start()
    for event in ready:
        assert event.wait(60)
    go.set()
    for process in both:
        process.join(120)
        assert process.exitcode == 0
    assert content(settings) == content(alone)


def test_nothing_changes_while_somebody_reads_all_of_it(tmp_path):
    settings = workspace(tmp_path)
    put_incidents(settings, "a.json", [incident("I-1")])
    thread = threading.Thread(target=load, args=(settings,))
    with Lake(settings.paths.lake).frozen():
        thread.start()
        time.sleep(0.5)
        assert thread.is_alive()
        assert rows(settings) == []
    thread.join(30)
    assert len(rows(settings)) == 1


def test_two_readers_do_not_wait_for_each_other(tmp_path):
    lake = Lake(tmp_path / "lake")
    with lake.frozen(), (lake.state / "locks" / "lake.lock").open() as other:
        fcntl.flock(other, fcntl.LOCK_SH | fcntl.LOCK_NB)


def test_worker_processes_give_what_one_process_gives(tmp_path, monkeypatch):
    alone, several = workspace(tmp_path / "alone"), workspace(tmp_path / "several")
    for place in (alone, several):
        fill(place, range(40))
    load(alone)
    monkeypatch.setattr(workers, "PARALLEL_FILES", 1)
    assert load(several).loaded == 40
    assert content(several) == content(alone)
    assert parts(several) == parts(alone)


def _read_or_die(jobs):
    if any("7.json" in job.unit.path for job in jobs):
        os.kill(os.getpid(), signal.SIGKILL)
    return reading.read_portion(jobs)


def test_a_file_that_kills_its_reader_is_a_reject_and_the_others_load(tmp_path, monkeypatch):
    settings = workspace(tmp_path)
    fill(settings, range(10))
    monkeypatch.setattr(workers, "PARALLEL_FILES", 1)
    monkeypatch.setattr(workers, "CHUNK_FILES", 3)
    monkeypatch.setattr(workers, "read_portion", _read_or_die)
    report = load(settings)
    assert (report.loaded, report.unreadable) == (10, 1)
    found = rows(settings, "rejects", "reason, path")
    [(reason, path)] = [row for row in found if "killed" in row[0]]
    assert path.endswith("/7.json")
    assert "memory" in reason
