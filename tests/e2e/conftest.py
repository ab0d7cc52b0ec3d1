"""One full demo, loaded and published once through the command line, for all tests of this folder."""

import fcntl
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec
import pytest

from gapsight.demo.truth import Truth

ROOT = Path(__file__).parents[2]
HASH_KEY = "the key of the tests"


def gapsight(
    *arguments: str | Path, check: bool = True, timeout: int = 900, key: str = HASH_KEY
) -> subprocess.CompletedProcess[str]:
    """The command line as a user calls it."""
    done = subprocess.run(
        [Path(sys.executable).with_name("gapsight"), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
        env=dict(os.environ, GAPSIGHT_HASH_KEY=key),
    )
    if check:
        assert done.returncode == 0, f"{arguments}: {done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done


def new_workspace(folder: Path) -> Path:
    """The demo workspace without data."""
    shutil.copytree(ROOT / "examples" / "shop", folder, ignore=shutil.ignore_patterns("var"))
    return folder


@dataclass(frozen=True)
class Published:
    """A workspace with a finished run."""

    workspace: Path
    truth: Truth
    output: str
    second_output: str

    @property
    def data(self) -> Path:
        return self.workspace / "var"

    def query(self, sql: str, *parameters: object) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.data / "published" / "marts.duckdb"), read_only=True) as marts:
            return marts.execute(sql, list(parameters)).fetchall()


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The whole demo: 200 days, 600 tests. Built once in the suite, run twice."""
    base = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        base = base.parent  # shared by all processes of the suite: the first one here builds it
    workspace, outputs = base / "demo" / "shop", base / "demo" / "outputs.json"
    base.joinpath("demo").mkdir(exist_ok=True)
    with (base / "demo" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not outputs.exists():
            gapsight("demo", "--workspace", new_workspace(workspace))
            runs = [gapsight("run", "--workspace", workspace).stdout for _ in range(2)]
            outputs.write_bytes(msgspec.json.encode(runs))
    truth = msgspec.json.decode(
        (workspace / "var" / "demo" / "truth.json").read_bytes(), type=Truth
    )
    return Published(workspace, truth, *msgspec.json.decode(outputs.read_bytes()))
