"""The whole dbt project on DuckDB and on a Spark cluster of two workers, over one lake: every table is the same."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import exporting, load
from tests.parity.build import Built, build, engine_of, workspace
from tests.parity.cluster import Cluster, cluster
from tests.parity.compare import differences
from tests.parity.history import remember
from tests.parity.planted import EMPTY, MOST_ROWS, plant

pytestmark = [pytest.mark.spark, pytest.mark.timeout(600)]
SEEDS = Path(__file__).parents[2] / "examples" / "shop" / "seeds"


@dataclass(frozen=True)
class Sides:
    """Both builds, and the cluster of one of them."""

    duck: Built
    spark: Built
    rows: dict[str, int]
    cluster: Cluster


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    folder = tmp_path_factory.mktemp("parity")
    settings = load(workspace(folder / "an odd `workspace`", SEEDS), environ={})
    rows = plant(settings.paths.lake)
    duck = build(engine_of(settings, "duckdb"))
    assert not duck.problems
    remember(duck)
    again = build(duck.settings, "source:history+", "stg_history__days+")
    assert not again.problems
    with cluster(folder / "cluster") as started:
        there = replace(engine_of(settings, "spark"), spark_master=started.address)
        with exporting({"SPARK_CONF_DIR": str(started.conf), "SPARK_LOCAL_IP": "127.0.0.1"}):
            spark = build(there)
        yield Sides(duck, spark, rows, started)


def test_it_builds_as_it_is(sides: Sides) -> None:
    assert not sides.spark.problems


@pytest.mark.parametrize("schema", ["marts", "intermediate", "staging", "seeds"])
def test_every_table_is_the_same(sides: Sides, schema: str) -> None:
    one, other = sides.duck.settings.paths, sides.spark.settings.paths
    found = list(differences(one.warehouse, other.warehouse, schema, other.spark))
    assert not found, "\n".join(found)


def test_seeds_are_tables_that_dbt_on_duckdb_can_fill_again(sides: Sides) -> None:
    """A trial does, and the first run after the engine is changed back."""
    with duckdb.connect(str(sides.spark.settings.paths.warehouse), read_only=True) as built:
        query = (
            "select distinct table_type from information_schema.tables where table_schema = 'seeds'"
        )
        assert built.execute(query).fetchall() == [("BASE TABLE",)]


def test_tasks_ran_on_both_workers(sides: Sides) -> None:
    done = sides.cluster.tasks()
    assert min(done["worker0"], done["worker1"]) > 100, done


def test_the_lake_is_small_and_hard(sides: Sides) -> None:
    """Else the tables would be equal because nothing is in them."""
    assert max(sides.rows.values()) <= MOST_ROWS
    assert {table for table, rows in sides.rows.items() if not rows} == EMPTY
    with duckdb.connect(str(sides.duck.settings.paths.warehouse), read_only=True) as built:
        counted = built.execute(
            "select table_name, estimated_size from duckdb_tables() where schema_name = 'marts'"
        ).fetchall()
        for mart, column, least in KINDS:
            query = f"select count(distinct {column}) from marts.{mart}"
            assert built.execute(query).fetchone() >= (least,), (
                f"{mart}.{column} is always the same"
            )
    without = {name for name, rows in counted if rows == 0}
    assert without <= MARTS_WITHOUT_ROWS


KINDS = (
    ("fct_flake_verdicts", "status", 3),
    ("fct_incident_correlation", "classification", 4),
    ("fct_top_gaps", "gap_type", 2),
    ("rpt_gate_results", "status", 2),
    ("fct_test_value", "verdict", 2),
)
MARTS_WITHOUT_ROWS = {
    "rpt_backtest_cases",  # years of history
    "rpt_event_properties",  # of a table that is empty
    "rpt_feedback_precision",  # of a seed that is empty
    "rpt_gap_tickets",  # of tickets that name a gap's id
}


def test_nothing_of_it_is_left_running(sides: Sides) -> None:
    """The driver's JVM ends with the build: its memory is the machine's again, and so are the executors'."""
    from pyspark import SparkContext

    assert SparkContext._gateway is None
    assert all(worker.poll() is None for worker in sides.cluster.workers)
    assert "GAPSIGHT_SPARK_MASTER" not in os.environ


def test_a_build_for_which_no_executor_can_work_gives_up(sides: Sides, tmp_path: Path) -> None:
    """The usual mistake: more memory is asked for than any worker has, and Spark waits without a word."""
    shutil.copytree(sides.cluster.conf, tmp_path / "conf")
    with (tmp_path / "conf" / "spark-defaults.conf").open("a") as conf:
        conf.write("spark.executor.memory 50g\nspark.gapsight.waitForExecutors 3s\n")
    settings = sides.duck.settings
    place = replace(settings.paths, warehouse=tmp_path / "warehouse.duckdb")
    there = replace(settings, engine="spark", spark_master=sides.cluster.address, paths=place)
    with exporting({"SPARK_CONF_DIR": str(tmp_path / "conf"), "SPARK_LOCAL_IP": "127.0.0.1"}):
        problem, *_ = build(there, "resource_type:seed").problems
    assert re.match("no executor of spark://.* was there for this build's work for 3s", problem)
