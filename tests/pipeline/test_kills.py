"""Processes that are killed or stopped in the middle: nothing lost, nothing double, nothing left running."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import date, timedelta
from pathlib import Path

import pytest

from orchestration.loading import load_family
from tests.pipeline.conftest import new_workspace, put

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


def children(pid: int) -> set[int]:
    """Every process below one, by /proc."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            child = int(stat.parent.name)
            found |= {child} | children(child)
    return found


def alive(pids: set[int]) -> set[int]:
    found = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            found.add(pid)
    return found


def wait_until(what, seconds: float = 60) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.005)
    return False


def commits(settings) -> int:
    """So many days are in the lake: the files of a day are read and committed together."""
    return len(list((settings.paths.lake / "loads").glob("day=2*/*.parquet")))


def put_many(settings, *, days: int, incidents: int) -> int:
    """Ten files a day; returns how many files."""
    for number in range(days * 10):
        day = date(2026, 6, 1) + timedelta(days=number // 10)
        put(settings, f"{number}.json", *(f"I-{number}-{n}" for n in range(incidents)), day=day)
    return days * 10


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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def asked(port: int, path: str, query: str | None = None) -> object:
    body = json.dumps({"query": query}).encode() if query else None
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", body, {"content-type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return json.load(answer)
    except OSError:
        return None


GRAPH = """{
  workspaceOrError { ... on Workspace { locationEntries {
    name locationOrLoadError { __typename ... on PythonError { message } } } } }
  assetNodes { assetKey { path } groupName }
}"""


def test_a_run_interrupted_in_the_middle_of_dbt_ends_at_once(tmp_path, project):
    slow = "select count(*) as n from range(100000000) a, range(100000) b"
    (project / "models" / "marts" / "fct_slow.sql").write_text(slow)
    settings = new_workspace(tmp_path / "shop")
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


@pytest.mark.pipeline
def test_the_ui_starts_with_one_command_shows_the_graph_and_ends_with_one_signal(tmp_path):
    settings = new_workspace(tmp_path / "shop")
    port = free_port()
    code = (  # a signal that is ignored, as under nohup, is ignored by all children
        "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); "
        "from pathlib import Path; from orchestration.dev import serve; "
        "from orchestration.settings import load; serve(load(Path(sys.argv[1]), environ={}), int(sys.argv[2]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, settings.workspace, str(port)],
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            assert wait_until(lambda: asked(port, "/server_info"), 150)
            shown = asked(port, "/graphql", GRAPH)["data"]
            below = children(process.pid)
        finally:
            process.send_signal(signal.SIGINT)
        process.wait(60)
    [location] = shown["workspaceOrError"]["locationEntries"]
    assert location["locationOrLoadError"]["__typename"] == "RepositoryLocation", location
    shown_keys = {tuple(node["assetKey"]["path"]) for node in shown["assetNodes"]}
    assert {("raw", "loads"), ("landed", "git"), ("published", "marts")} <= shown_keys
    assert wait_until(lambda: not alive(below), 30), "nothing is left running"


def test_a_port_in_use_is_said_before_anything_starts(tmp_path):
    from orchestration.dev import serve
    from orchestration.settings import ConfigError

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ConfigError, match=r"cannot be used.*\n.*--port"):
            serve(new_workspace(tmp_path / "shop"), taken.getsockname()[1])
