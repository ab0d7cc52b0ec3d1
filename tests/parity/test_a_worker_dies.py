"""A worker of the cluster is killed in the middle of `gapsight run --engine spark`: the marts are as they should be."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import Settings, load
from tests.parity.build import workspace
from tests.parity.cluster import Cluster, cluster
from tests.parity.compare import differences
from tests.parity.planted import plant

pytestmark = [pytest.mark.spark, pytest.mark.long, pytest.mark.timeout(1800)]
SEEDS = Path(__file__).parents[2] / "examples" / "shop" / "seeds"
TABLES_BEFORE = 60


def run(settings: Settings, *words: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gapsight.cli.main",
            "run",
            *words,
            "--workspace",
            settings.workspace,
        ],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def sound(settings: Settings) -> Settings:
    """The planted lake, but with commits that each have one author: a whole run tests that as well."""
    plant(settings.paths.lake)
    for place in settings.paths.lake.glob("commits/*/git--*.parquet"):
        with duckdb.connect() as memory:
            same = "'a1' as author_hash, false as bot, false as merge"
            memory.execute(
                f"create table rows as select * replace ({same}) from read_parquet('{place}')"
            )
            memory.execute(f"copy rows to '{place}' (format parquet)")
    return settings


def tables(settings: Settings) -> int:
    return len(list(settings.paths.spark.glob("*.db/*/_SUCCESS")))


def on(started: Cluster) -> dict[str, str]:
    return {
        "GAPSIGHT_SPARK_MASTER": started.address,
        "SPARK_CONF_DIR": str(started.conf),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def test_a_build_goes_on_without_it_and_what_is_published_is_whole_before_and_after(
    tmp_path: Path,
) -> None:
    settings = sound(load(workspace(tmp_path / "shop", SEEDS), environ={}))
    first = run(settings)
    said, _ = first.communicate(timeout=600)
    assert first.returncode == 0, said
    before = settings.paths.marts.read_bytes()
    (tmp_path / "before.duckdb").write_bytes(before)
    with cluster(tmp_path / "cluster") as started:
        process = run(settings, "--engine", "spark", **on(started))
        until = time.monotonic() + 600
        while tables(settings) < TABLES_BEFORE:
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < until
            time.sleep(0.1)
        os.kill(started.workers[1].pid, signal.SIGKILL)
        while process.poll() is None and time.monotonic() < until + 600:
            # Replaced at once at the end, never in between.
            with duckdb.connect(str(settings.paths.marts), read_only=True) as marts:
                assert marts.execute("select count(*) from fct_risk_scores").fetchone() > (0,)
            time.sleep(1)
        said = process.communicate(timeout=60)[0]
        assert process.returncode == 0, said
        assert started.workers[0].poll() is None
    with duckdb.connect(str(settings.paths.marts), read_only=True) as marts:
        assert marts.execute("select code_version from _meta").fetchone()
    found = list(differences(tmp_path / "before.duckdb", settings.paths.marts, "main"))
    assert not [line for line in found if not line.startswith("main._meta.built_at")], "\n".join(
        found
    )


def test_a_build_that_cannot_end_leaves_what_was_published_and_the_next_one_is_right(
    tmp_path: Path,
) -> None:
    settings = sound(load(workspace(tmp_path / "shop", SEEDS), environ={}))
    assert run(settings).wait(600) == 0
    before = settings.paths.marts.read_bytes()
    with cluster(tmp_path / "cluster") as started:
        process = run(settings, "--engine", "spark", **on(started))
        until = time.monotonic() + 600
        while tables(settings) < TABLES_BEFORE:
            assert time.monotonic() < until
            time.sleep(0.1)
        process.send_signal(signal.SIGKILL)  # the driver itself
        process.wait()
    assert settings.paths.marts.read_bytes() == before
    next_one = run(settings)
    said, _ = next_one.communicate(timeout=600)
    assert next_one.returncode == 0, said
