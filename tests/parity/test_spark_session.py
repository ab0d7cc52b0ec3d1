"""The session of a build on Spark, in a real JVM: what it says of executors, and what is left when it dies."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep
from typing import Any

import duckdb
import pytest
from jinja2 import Template

from orchestration.spark_session import AFTERMATH, PATIENCE, Watch, stop_spark

pytestmark = [pytest.mark.spark, pytest.mark.timeout(300)]
MACROS = Path(__file__).parents[2] / "dbt_project" / "macros"
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
            assert AFTERMATH[0] in str(done.exception(timeout=60))
        finally:
            context.cancelAllJobs()
    assert re.match(f"no executor of {MASTER} .* for [23]s\\.", soon)
    assert watch.reasons() == [watch.given_up]
    assert " for 4s." in watch.given_up


def test_a_hair_off_the_half_is_rounded_alike(session: Any) -> None:
    """Each engine's own round() goes another way there: 3.2340525 are minutes a week of a test of the demo."""
    macros: Any = Template((MACROS / "calc.sql").read_text()).module
    halves = [3.2340525, *(number / 1e6 + 5e-7 for number in range(0, 4_000_000, 9973))]
    values = ", ".join(f"({half:.17e})" for half in halves)

    def on_both(rounded: str) -> list[list[float]]:
        query = f"select {rounded} from (values {values}) as given(x)"
        return [
            [row[0] for row in rows]
            for rows in (duckdb.sql(query).fetchall(), session.sql(query).collect())
        ]

    own, another = on_both("round(x, 6)")
    assert own != another
    ours, same = on_both(macros.half_up("x", 6))
    assert ours == same
    assert max(abs(one - half) for one, half in zip(ours, halves, strict=True)) < 5.1e-7


def test_a_driver_that_died_is_forgotten(session: Any) -> None:
    """Else the reason of a failed build would be lost for that of its end, and no next one could begin."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    assert session.range(3).count() == 3
    gateway: Any = SparkContext._gateway
    gateway.proc.kill()
    gateway.proc.wait()
    watch = Watch(MASTER)
    watch.see_driver()
    assert "was killed by signal 9 in the midst of the build" in watch.given_up
    stop_spark()
    assert SparkContext._gateway is None
    assert SparkSession.builder.master("local[1]").getOrCreate().range(3).count() == 3
