"""The golden cases on Spark: a case is filled in on DuckDB, and what is computed from it is computed by Spark."""

import os
import shutil
from pathlib import Path
from typing import Any

import duckdb
import yaml
from jinja2 import Template

from orchestration import sql_text
from orchestration.settings import exporting
from orchestration.spark_session import stop_spark
from tests.golden.harness import Bench


class SparkBench(Bench):
    """Builds the models of a case on Spark and lays what it wrote over the case's warehouse."""

    def build(self, warehouse: Path, models: list[str]) -> None:
        """Build these models; everything else that they read is as DuckDB has it."""
        place = warehouse.parent / "spark"
        shutil.rmtree(place, ignore_errors=True)
        given = {name for model in models for name in self.nodes[model]["parents"]} - set(models)
        values = {
            "GAPSIGHT_SPARK_WAREHOUSE": str(place),
            "GAPSIGHT_LAKE": str(self.scratch / "lake"),
        }
        with exporting(values):
            self._register(warehouse, sorted(given), place.with_name("given"))
            try:
                self._dbt(
                    warehouse,
                    *("run", "--select", *models, "--target", "spark"),
                    *("--target-path", str(self.scratch / "target_spark")),
                    lake=self.scratch / "lake",
                    is_parsed=False,  # by Spark's adapter, whose macros are others
                )
            finally:
                stop_spark()
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            for model in models:
                self._lay_over(connection, model, place)

    def _register(self, warehouse: Path, names: list[str], place: Path) -> None:
        """Start the session that dbt will find, and give it tables of what DuckDB has."""
        from pyspark.sql import SparkSession

        builder: Any = SparkSession.builder.enableHiveSupport()
        for key, value in self._parameters().items():
            builder = builder.config(key, value)
        session = builder.getOrCreate()
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            for name in names:
                schema = self.nodes[name]["schema"]
                folder = place / schema / name
                folder.mkdir(parents=True, exist_ok=True)
                target = sql_text.text(str(folder / "rows.parquet"))
                connection.execute(f"copy {schema}.{name} to {target} (format parquet)")
                session.sql(f"create schema if not exists {schema}")
                session.sql(f"create table {schema}.{name} using parquet location '{folder}'")

    def _parameters(self) -> dict[str, str]:
        profiles = yaml.safe_load((self.project / "profiles.yml").read_text())
        given = profiles["gapsight"]["outputs"]["spark"]["server_side_parameters"]
        return {
            key: Template(value).render(
                env_var=lambda name, default="": os.environ.get(name, default)
            )
            for key, value in given.items()
        }

    def _lay_over(self, connection: duckdb.DuckDBPyConnection, model: str, place: Path) -> None:
        schema = self.nodes[model]["schema"]
        parts = place / f"{schema}.db" / model
        if not any(parts.glob("*.parquet")):
            return  # a view: what Spark made of it is in the tables that read it
        relation = f"{schema}.{model}"
        connection.execute(f"drop table if exists {relation}")
        connection.execute(
            f"create table {relation} as select * from read_parquet({sql_text.text(str(parts / '*.parquet'))})"
        )
