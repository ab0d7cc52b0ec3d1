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
    return gapsight(settings, "run", *words, **environment)


def gapsight(settings: Settings, *words: str, **environment: str) -> "subprocess.Popen[str]":
    program = [sys.executable, "-m", "gapsight.cli.main"]
    return subprocess.Popen(
        [*program, *words, "--workspace", str(settings.workspace)],
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


def same_but_for_the_time(one: Path, other: Path) -> bool:
    found = list(differences(one, other, "main"))
    wrong = [line for line in found if not line.startswith("main._meta.built_at")]
    assert not wrong, "\n".join(wrong)
    return True


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
        passed = settings.paths.warehouse.with_suffix(".passed")
        looked = 0
        while process.poll() is None and time.monotonic() < until + 600:
            now = settings.paths.marts.read_bytes()
            if (
                not passed.exists()
            ):  # it was not then either: before all tests passed nothing is published
                assert now == before
                looked += 1
            with duckdb.connect(str(settings.paths.marts), read_only=True) as marts:
                assert marts.execute("select count(*) from fct_risk_scores").fetchone() > (0,)
            time.sleep(1)
        assert looked > 10, "most of the build was still to come"
        said = process.communicate(timeout=60)[0]
        assert process.returncode == 0, said
        assert started.workers[0].poll() is None
    assert same_but_for_the_time(tmp_path / "before.duckdb", settings.paths.marts)


def test_a_build_that_cannot_end_leaves_what_was_published_and_the_next_one_is_right(
    tmp_path: Path,
) -> None:
    settings = sound(load(workspace(tmp_path / "shop", SEEDS), environ={}))
    assert run(settings).wait(600) == 0
    before = settings.paths.marts.read_bytes()
    (tmp_path / "before.duckdb").write_bytes(before)
    with cluster(tmp_path / "cluster") as started:
        process = run(settings, "--engine", "spark", **on(started))
        until = time.monotonic() + 600
        while tables(settings) < TABLES_BEFORE:
            assert time.monotonic() < until
            time.sleep(0.1)
        process.send_signal(signal.SIGKILL)  # the driver itself
        process.wait()
        assert settings.paths.marts.read_bytes() == before
        next_one = run(settings, "--engine", "spark", **on(started))
        said, _ = next_one.communicate(timeout=900)
    assert next_one.returncode == 0, said
    assert settings.paths.marts.read_bytes() != before
    assert same_but_for_the_time(tmp_path / "before.duckdb", settings.paths.marts)
    tried = gapsight(settings, "what-if", "--threshold", "top_n=5")
    said, _ = tried.communicate(timeout=300)
    assert tried.returncode in (0, 1), said
    replayed = run(settings, "--replay-history", "monthly")
    said, _ = replayed.communicate(timeout=900)
    assert replayed.returncode == 0, said
    assert "replayed" in said


@pytest.fixture
def published(tmp_path: Path) -> Settings:
    settings = sound(load(workspace(tmp_path / "shop", SEEDS), environ={}))
    assert run(settings).wait(600) == 0
    return settings


def until_half_way(settings: Settings, process: "subprocess.Popen[str]") -> None:
    until = time.monotonic() + 600
    while tables(settings) < TABLES_BEFORE:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < until
        time.sleep(0.1)


def is_plain(said: str) -> bool:
    return not {"Traceback", "leaked", "RuntimeWarning"} & {*said.replace(":", " ").split()}


def test_a_build_whose_workers_are_all_gone_says_so_and_leaves_what_was_published(
    published: Settings, tmp_path: Path
) -> None:
    before = published.paths.marts.read_bytes()
    with cluster(tmp_path / "cluster") as started:
        with (started.conf / "spark-defaults.conf").open("a") as conf:
            conf.write("spark.gapsight.waitForExecutors 30s\n")
        process = run(published, "--engine", "spark", **on(started))
        until_half_way(published, process)
        for worker in started.workers:
            os.kill(worker.pid, signal.SIGKILL)
        killed = time.monotonic()
        said, _ = process.communicate(timeout=300)
        ended = time.monotonic()
    assert process.returncode == 1, said
    assert is_plain(said), said
    assert f"no executor of {started.address} was there for this build's work for 30s" in said
    assert 30 <= ended - killed < 120
    assert published.paths.marts.read_bytes() == before
    said, _ = run(published, "--engine", "duckdb").communicate(timeout=600)
    assert "Release verdict" in said


def test_a_build_whose_driver_is_killed_says_that_and_not_what_came_of_it(
    published: Settings, tmp_path: Path
) -> None:
    """As the system does where memory runs out."""
    before = published.paths.marts.read_bytes()
    with cluster(tmp_path / "cluster") as started:
        process = run(published, "--engine", "spark", **on(started))
        until_half_way(published, process)
        found = subprocess.run(
            ["pgrep", "-P", str(process.pid), "java"], capture_output=True, check=True
        )
        os.kill(int(found.stdout), signal.SIGKILL)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1, said
    assert is_plain(said), said
    reasons = [line for line in said.splitlines() if line.startswith("- ")]
    assert "was killed by signal 9 in the midst of the build" in reasons[0], said
    assert len(reasons) == 1, said
    assert published.paths.marts.read_bytes() == before


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("are_workers_there", [True, False])
def test_a_build_that_is_stopped_ends_at_once(
    published: Settings, tmp_path: Path, how: signal.Signals, *, are_workers_there: bool
) -> None:
    """While its models run, not only between them: dbt itself waits for what it cannot cancel."""
    before = published.paths.marts.read_bytes()
    with cluster(tmp_path / "cluster") as started:
        process = run(published, "--engine", "spark", **on(started))
        until_half_way(published, process)
        if not are_workers_there:
            for worker in started.workers:
                os.kill(worker.pid, signal.SIGKILL)
            time.sleep(20)
        process.send_signal(how)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert is_plain(said), said
    assert published.paths.marts.read_bytes() == before
