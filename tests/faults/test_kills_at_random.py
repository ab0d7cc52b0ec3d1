"""kill -9 at a random moment of loading, of dbt, of publishing: nothing lost, nothing double, nothing left."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration import dbt_home
from orchestration.pipeline import run_pipeline
from orchestration.settings import Settings
from tests.pipeline.conftest import new_workspace, put
from tests.pipeline.processes import alive, children, wait_until

pytestmark = pytest.mark.timeout(240)
ROOT = Path(__file__).parents[2]
FILES = 40
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


@dataclass
class Shop:
    """A published workspace, and one that is never disturbed, with the same inbox."""

    killed: Settings
    calm: Settings
    script: Path
    project: Path
    ids: set[str] = field(default_factory=set)
    rows: set[int] = field(default_factory=set)
    """How many incidents each publication had."""

    def drop(self, number: int) -> None:
        """Put the next files into both inboxes: some days, several files each."""
        self.ids |= {f"{letter}-{number}-{n}" for letter in "IJ" for n in range(FILES)}
        for settings in (self.killed, self.calm):
            for n in range(FILES):
                day = date(2026, 6, 1) + timedelta(days=(number + n) % 30)
                put(settings, f"{number}-{n}.json", f"I-{number}-{n}", f"J-{number}-{n}", day=day)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, small: Path) -> Iterator[Shop]:
    """Both workspaces, published once."""
    folder = tmp_path_factory.mktemp("faults")
    script = folder / "run.py"
    script.write_text(RUN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt_home, "PACKAGE", small)
        killed, calm = new_workspace(folder / "killed"), new_workspace(folder / "calm")
        shop = Shop(killed, calm, script, small)
        shop.drop(-1)
        for settings in (killed, calm):
            run_pipeline(settings)
        shop.rows.add(len(shop.ids))
        yield shop


def marts(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """Every published table but _meta."""
    with duckdb.connect(str(settings.paths.marts), read_only=True) as published:
        names = published.execute("select table_name from duckdb_tables() order by 1").fetchall()
        return {
            name: published.execute(f"select * from {name} order by all").fetchall()
            for (name,) in names
            if name != "_meta"
        }


def tree(settings: Settings) -> set[str]:
    """Names of all files that outlive a run; logs and Dagster's history are kept of every run."""
    data = settings.paths.data_dir
    return {
        str(place.relative_to(data))
        for place in data.rglob("*")
        if place.is_file() and place.relative_to(data).parts[0] not in ("dagster", "logs", "dbt")
    }


class Reader(threading.Thread):
    """Reads what is published again and again, as analysts do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings, self.seen, self.problems = settings, set(), []
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.is_set():
            try:
                tables = marts(self.settings)
                self.seen.add((len(tables), len(tables["fct_incidents"])))
                json.loads((self.settings.paths.published / "summary.json").read_text())
            except Exception as error:  # noqa: BLE001 - whatever a reader meets is the finding
                self.problems.append(repr(error))
            time.sleep(0.05)


def kill_in(shop: Shop, stage: str, seconds: float, *, parallel_from: int) -> bool:
    """Start a run and kill it that long after a stage began; False if it ended before."""
    command = [sys.executable, shop.script, shop.killed.workspace, shop.project, str(parallel_from)]
    with subprocess.Popen(
        command,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        assert any(line.strip() == stage for line in process.stderr), "the stage began"
        time.sleep(seconds)
        below = children(process.pid)
        process.send_signal(signal.SIGKILL)
    assert wait_until(lambda: not alive(below)), "worker processes end with their parent"
    return process.returncode == -signal.SIGKILL


def test_the_next_run_after_a_kill_is_as_if_nothing_had_been(
    shop: Shop, stage: str, number: int
) -> None:
    dice = random.Random(number)
    shop.drop(number)
    reader = Reader(shop.killed)
    reader.start()
    longest = {"load": 0.6, "build": 2.0, "publish": 0.3}[stage]
    try:
        kill_in(shop, stage, dice.uniform(0, longest), parallel_from=dice.choice((1, 10_000)))
        run_pipeline(shop.killed)
    finally:
        reader.ended.set()
        reader.join()
    published = marts(shop.killed)
    assert Counter(row[0] for row in published["fct_incidents"]) == Counter(shop.ids)
    shop.rows.add(len(shop.ids))
    assert not reader.problems
    assert {found for found, _ in reader.seen} == {len(published)}
    assert {rows for _, rows in reader.seen} <= shop.rows, "only whole publications were seen"


def test_after_all_kills_everything_is_as_if_there_had_been_none(shop: Shop) -> None:
    run_pipeline(shop.calm)
    assert marts(shop.killed) == marts(shop.calm)
    assert tree(shop.killed) == tree(shop.calm), "no stray file, no lock"


@pytest.mark.parametrize("harm", ["deleted", "corrupted"])
def test_a_lost_warehouse_is_built_again_from_the_lake(shop: Shop, harm: str) -> None:
    warehouse = shop.killed.paths.warehouse
    before = marts(shop.killed)
    if harm == "deleted":
        warehouse.unlink()
    else:
        warehouse.write_bytes(b"\x00" * 5000)
    shop.drop(1000 + len(harm))
    result = run_pipeline(shop.killed)
    assert result.files_loaded == FILES, "nothing else is read again"
    run_pipeline(shop.calm)
    assert marts(shop.killed) == marts(shop.calm) != before
