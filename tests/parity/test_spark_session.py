"""The session of a build on Spark, in a real JVM: what it says of executors, and what is left when it dies."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import Any

import pytest

from orchestration.spark_session import CANCELLED, PATIENCE, Watch, stop_spark

pytestmark = [pytest.mark.spark, pytest.mark.timeout(300)]
MASTER = "spark://127.0.0.1:7077"


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """A driver alone, as one of a cluster is without executors."""
    from pyspark.sql import SparkSession

    yield SparkSession.builder.master("local[1]").config(PATIENCE, "4s").getOrCreate()
    stop_spark()


@pytest.mark.parametrize("wait", ["a while", "0s"])
def test_a_time_to_wait_that_is_none_is_refused(session: Any, wait: str) -> None:
    watch = Watch(MASTER)
    watch._read_patience(session.sparkContext._jsc.sc().getConf().set(PATIENCE, wait))
    assert watch.given_up.startswith(f"{PATIENCE} is '{wait}'. Write a time such as 15min there")


def test_a_build_that_fails_while_nobody_works_says_so_too(
    session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spark gives a broadcast up before the build is given up, and does not say why."""
    monkeypatch.setattr("orchestration.spark_session.WORTH_TELLING_SECONDS", 1)
    context = session.sparkContext
    with ThreadPoolExecutor(1) as others:
        done = others.submit(session.range(10**13).selectExpr("sum(id * id % 7)").collect)
        try:
            watch = Watch(MASTER)
            while not context.statusTracker().getActiveJobsIds():
                sleep(0.1)
            watch.look(context)
            assert watch.reasons() == []
            sleep(2)
            [soon] = watch.reasons()
            sleep(2)
            watch.look(context)
            watch.look(context)
            assert CANCELLED in str(done.exception(timeout=60))
        finally:
            context.cancelAllJobs()
    assert re.match(f"no executor of {MASTER} .* for [23]s\\.", soon)
    assert watch.reasons() == [watch.given_up]
    assert " for 4s." in watch.given_up


def test_a_driver_that_died_is_forgotten(session: Any) -> None:
    """Else the reason of a failed build would be lost for that of its end, and no next one could begin."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    assert session.range(3).count() == 3
    gateway: Any = SparkContext._gateway
    gateway.proc.kill()
    gateway.proc.wait()
    stop_spark()
    assert SparkContext._gateway is None
    assert SparkSession.builder.master("local[1]").getOrCreate().range(3).count() == 3
