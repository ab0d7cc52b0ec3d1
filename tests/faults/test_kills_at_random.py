"""kill -9 at a random moment of loading, of a reading worker, of dbt, of publishing: nothing lost, double or left.

dbt runs inside the process that builds (orchestration/dbt_run.py): there is no dbt child to be killed alone.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from orchestration import dbt_home
from orchestration.pipeline import run_pipeline
from tests.faults.shops import Reader, Shops, locks_held, marts, tree
from tests.pipeline.processes import alive, children, wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]
ROOT = Path(__file__).parents[2]
FILES = 40
STAGES = ("load", "build", "publish", "worker")
LONGEST = {"load": 0.6, "build": 2.0, "publish": 0.3, "worker": 0.6}
RUN = """
import sys
from pathlib import Path
from orchestration import dbt_home, workers
from orchestration.pipeline import run_pipeline
from orchestration.settings import load

class Told:
    def stage(self, name, total):
        print(name, file=sys.stderr, flush=True)

    def advance(self, label):
        pass

workers.PARALLEL_FILES = int(sys.argv[3])
dbt_home.PACKAGE = Path(sys.argv[2])
if __name__ == "__main__":
    run_pipeline(load(Path(sys.argv[1]), environ={}), progress=Told())
"""


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory, small: Path) -> Iterator[Shops]:
    """Both workspaces, published once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt_home, "PACKAGE", small)
        shops = Shops.below(tmp_path_factory.mktemp("faults"), FILES)
        shops.drop(-1)
        for settings in (shops.killed, shops.calm):
            run_pipeline(settings)
        shops.rows.add(len(shops.ids))
        yield shops


@pytest.fixture
def kill_in(shops: Shops, small: Path, tmp_path: Path) -> Callable[..., bool]:
    """Start a run and kill it, or a worker of it, so long after a stage began; False if that ended before."""
    script = tmp_path / "run.py"
    script.write_text(RUN)

    def kill(stage: str, seconds: float, *, parallel_from: int) -> bool:
        began = "load" if stage == "worker" else stage
        with subprocess.Popen(
            [sys.executable, script, shops.killed.workspace, small, str(parallel_from)],
            env=dict(os.environ, PYTHONPATH=str(ROOT)),
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stderr
            assert any(line.strip() == began for line in process.stderr), "the stage began"
            if stage == "worker":
                wait_until(lambda: readers(process.pid) or process.poll() is not None, 10)
            time.sleep(seconds)
            below = children(process.pid)
            victims = readers(process.pid) if stage == "worker" else {process.pid}
            for pid in sorted(victims)[:1]:
                os.kill(pid, signal.SIGKILL)
            process.stderr.read()  # to its end: a run goes on without a reading process
        assert wait_until(lambda: not alive(below)), "worker processes end with their parent"
        return bool(victims) if stage == "worker" else process.returncode == -signal.SIGKILL

    return kill


def readers(pid: int) -> set[int]:
    """Processes that read files for another."""
    found = set()
    for child in children(pid):
        with suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.add(child)
    return found


def test_the_next_run_after_a_kill_is_as_if_nothing_had_been(
    shops: Shops,
    kill_in: Callable[..., bool],
    stage: str,
    number: int,
    record_property: Callable[[str, object], None],
) -> None:
    dice = random.Random(number)
    shops.drop(number)
    parallel_from = 1 if stage == "worker" else dice.choice((1, 10_000))
    with Reader(shops.killed) as reader:
        killed = kill_in(stage, dice.uniform(0, LONGEST[stage]), parallel_from=parallel_from)
        record_property("killed", killed)
        run_pipeline(shops.killed)
    published = marts(shops.killed)
    assert Counter(row[0] for row in published["fct_incidents"]) == Counter(shops.ids)
    shops.rows.add(len(shops.ids))
    assert reader.saw_only_whole(len(published))
    assert {rows for _, rows, _ in reader.seen} <= shops.rows, "nothing half loaded was published"
    assert not locks_held(shops.killed)


def test_after_all_kills_everything_is_as_if_there_had_been_none(shops: Shops) -> None:
    run_pipeline(shops.calm)
    assert marts(shops.killed) == marts(shops.calm)
    assert tree(shops.killed) == tree(shops.calm), "no stray file"


@pytest.mark.parametrize("harm", ["deleted", "corrupted"])
def test_a_lost_warehouse_is_built_again_from_the_lake(shops: Shops, harm: str) -> None:
    warehouse = shops.killed.paths.warehouse
    before = marts(shops.killed)
    if harm == "deleted":
        warehouse.unlink()
    else:
        warehouse.write_bytes(b"\x00" * 5000)
    shops.drop(1000 + len(harm))
    result = run_pipeline(shops.killed)
    assert result.files_loaded == FILES, "nothing else is read again"
    run_pipeline(shops.calm)
    assert marts(shops.killed) == marts(shops.calm) != before
