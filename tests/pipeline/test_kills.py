"""Processes that are killed or stopped in the middle: nothing lost, nothing double, nothing left running."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestration.loading import load_family
from tests.pipeline.conftest import new_workspace, put_many
from tests.pipeline.processes import alive, children, wait_until

pytestmark = pytest.mark.timeout(240)
ROOT = Path(__file__).parents[2]

LOAD = """
import sys
from pathlib import Path
from orchestration import workers
from orchestration.loading import load_family
from orchestration.settings import load

workers.PARALLEL_FILES = int(sys.argv[2])
if __name__ == "__main__":
    load_family(load(Path(sys.argv[1]), environ={}), "incidents")
"""


def commits(settings) -> int:
    """So many days are in the lake: the files of a day are read and committed together."""
    return len(list((settings.paths.lake / "loads").glob("day=2*/*.parquet")))


def tree(settings) -> set[str]:
    lake = settings.paths.lake
    return {str(place.relative_to(lake)) for place in lake.rglob("*") if place.is_file()}


def rows(settings) -> list[tuple]:
    import duckdb

    with duckdb.connect() as memory:
        return memory.execute(
            "select * from read_parquet(?) order by all",
            [str(settings.paths.lake / "incidents" / "*" / "*.parquet")],
        ).fetchall()


@pytest.mark.parametrize("parallel_from", [1, 10_000], ids=["workers", "one process"])
def test_a_killed_load_is_finished_by_the_next_and_leaves_no_process(tmp_path, parallel_from):
    killed, calm = new_workspace(tmp_path / "killed"), new_workspace(tmp_path / "calm")
    for settings in (killed, calm):
        files = put_many(settings, days=60, incidents=20)
    load_family(calm, "incidents")
    script = tmp_path / "load.py"
    script.write_text(LOAD)
    environ = dict(os.environ, PYTHONPATH=str(ROOT))
    command = [sys.executable, script, killed.workspace, str(parallel_from)]
    with subprocess.Popen(command, env=environ) as process:
        assert wait_until(lambda: commits(killed) > 2)
        below = children(process.pid)
        process.send_signal(signal.SIGKILL)
    assert 0 < commits(killed) < 60
    assert wait_until(lambda: not alive(below)), "worker processes end with their parent"
    report = load_family(killed, "incidents")
    assert 0 < report.loaded < files, "what was committed is not read again"
    assert rows(killed) == rows(calm)
    assert tree(killed) == tree(calm), "no stray file is left"


RUN = """
import sys
from pathlib import Path
from orchestration import dbt_home
from orchestration.pipeline import run_pipeline
from orchestration.settings import load

dbt_home.PACKAGE = Path(sys.argv[2])
if __name__ == "__main__":
    try:
        run_pipeline(load(Path(sys.argv[1]), environ={}))
    except KeyboardInterrupt:
        sys.exit(130)
"""


def test_an_interrupted_run_ends_at_once_and_leaves_no_process(tmp_path, project):
    settings = new_workspace(tmp_path / "shop")
    files = put_many(settings, days=60, incidents=100)
    script = tmp_path / "run.py"
    script.write_text(RUN)
    with subprocess.Popen(
        [sys.executable, script, settings.workspace, project],
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert wait_until(lambda: commits(settings) > 2)
        below = children(process.pid)
        os.killpg(process.pid, signal.SIGINT)  # what a terminal does on Ctrl-C
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert wait_until(lambda: not alive(below))
    assert "Traceback" not in said
    assert load_family(settings, "incidents").listed == files


def test_a_run_interrupted_in_the_middle_of_dbt_ends_at_once(tmp_path, project):
    slow = "select count(*) as n from range(100000000) a, range(100000) b"
    (project / "models" / "marts" / "fct_slow.sql").write_text(slow)
    settings = new_workspace(tmp_path / "shop")
    put_many(settings, days=1, incidents=1)
    script = tmp_path / "run.py"
    script.write_text(RUN)
    with subprocess.Popen(
        [sys.executable, script, settings.workspace, project],
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        logs = settings.paths.logs
        started = "START sql table model marts.fct_slow"
        assert wait_until(lambda: any(started in p.read_text() for p in logs.glob("run-*.log")))
        time.sleep(1)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "terminate called" not in said


def test_a_port_in_use_is_said_before_anything_starts(tmp_path):
    from orchestration.dev import serve
    from orchestration.settings import ConfigError

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ConfigError, match=r"cannot be used.*\n.*--port"):
            serve(new_workspace(tmp_path / "shop"), taken.getsockname()[1])
