"""A workspace with a small dbt project of its own: the real machinery in seconds instead of minutes."""

import json
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from textwrap import dedent

import dagster as dg
import duckdb
import pytest
from dagster._core.storage.defs_state.base import _current_storage

from orchestration import builds, dagster_home, dbt_home, spark_tables
from orchestration.settings import Settings, load

REAL = Path(__file__).parents[2] / "dbt_project"
DAY = date(2026, 6, 30)

MODELS = {
    "models/intermediate/int_run__as_of.sql": """
        {{ config(materialized='table') }}
        {% if var('as_of') %} select cast('{{ var("as_of") }}' as date) as as_of
        {% else %} select max(day) as as_of from {{ ref('stg_days') }} {% endif %}
    """,
    "models/staging/stg_days.sql": "select day from {{ source('raw', 'loads') }}",
    "models/marts/fct_incidents.sql": """
        select incidents.incident_id, incidents.title, incidents.day, limits.name as limit_name
        from {{ source('raw', 'incidents') }} as incidents
        cross join {{ ref('limits') }} as limits
        where incidents.day <= (select as_of from {{ ref('int_run__as_of') }})
    """,
    "models/marts/fct_top_gaps.sql": """
        select row_number() over (order by incident_id) as gap_rank, incident_id, title, -1 as delta
        from {{ ref('fct_incidents') }}
    """,
    "models/marts/fct_commits.sql": "select sha, file from {{ source('raw', 'commits') }}",
    "models/marts/marts.yml": """
        version: 2
        models:
          - name: fct_incidents
            description: "Grain: one row per incident. It's the one."
            config: {meta: {keep_history: true}}
            columns:
              - name: incident_id
                description: "Its \\"key\\"."
                data_type: string
                data_tests: [not_null, unique]
              - {name: title, data_type: string}
              - {name: day, data_type: date}
              - {name: limit_name, data_type: string}
    """,
    "seeds/limits.csv": "name,value,note\nshop,1,default\n",
    "seeds/limits.yml": """
        version: 2
        seeds:
          - name: limits
            config: {column_types: {name: string, value: bigint, note: string}}
            columns:
              - name: value
                data_tests:
                  - accepted_values: {arguments: {values: [1, 2], quote: false}}
    """,
    "dbt_project.yml": """
        name: gapsight
        version: "1.0.0"
        profile: gapsight
        flags: {send_anonymous_usage_stats: false}
        vars: {as_of: "", reporting_zone: UTC}
        on-run-start: "{{ create_raw_views() }}"
        seeds: {gapsight: {+schema: seeds, +meta: {dagster: {group: seeds}}}}
        models:
          gapsight:
            staging: {+schema: staging, +meta: {dagster: {group: staging}}}
            intermediate: {+schema: intermediate, +meta: {dagster: {group: intermediate}}}
            marts: {+schema: marts, +materialized: table, +meta: {dagster: {group: core}}}
    """,
}
BORROWED = (
    "profiles.yml",
    "macros/create_raw_views.sql",
    "macros/generate_schema_name.sql",
    "models/staging/_raw__sources.yml",
)


def small_project(folder: Path) -> Path:
    """A dbt project of a few models that reads the lake as the package's own does."""
    for name, text in MODELS.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(dedent(text.strip("\n")) + "\n")
    for name in BORROWED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REAL / name, folder / name)
    return folder


@pytest.fixture(autouse=True)
def no_instance_of_another_test():
    """Dagster sets one for the process; contexts that are collected late set that of a test that is long over."""
    yield
    _current_storage.set(None)


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """The small dbt project in place of the package's own."""
    folder = small_project(tmp_path / "small_project")
    monkeypatch.setattr(dbt_home, "PACKAGE", folder)
    return folder


@pytest.fixture
def shop(tmp_path, project) -> Settings:
    """An empty workspace on the small project."""
    return new_workspace(tmp_path / "shop")


def new_workspace(folder: Path, extra: str = "") -> Settings:
    """Settings of a workspace in UTC without data."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gapsight.toml").write_text(f'[workspace]\nfirst_day = "2026-06-01"\n{extra}')
    return load(folder, environ={})


def put(settings: Settings, name: str, *keys: str, day: date = DAY, title: str = "out") -> Path:
    """One inbox file of incidents with those keys."""
    place = settings.paths.inbox / "incidents" / day.isoformat() / name
    place.parent.mkdir(parents=True, exist_ok=True)
    stamps = dict.fromkeys(("started_at", "resolved_at", "updated_at"), f"{day}T08:00:00Z")
    place.write_text(json.dumps([{"id": key, "title": title, **stamps} for key in keys]))
    return place


def as_if_by_spark(settings: Settings) -> None:
    """Make of a warehouse what a build on Spark leaves: the tables as Parquet, and views over them."""
    manifest = json.loads((settings.paths.dbt / "manifest.json").read_bytes())
    inputs = builds.built_from(settings)
    spark_tables.empty_folder(settings)
    with duckdb.connect(str(settings.paths.warehouse)) as warehouse:
        tables = warehouse.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name <> 'state'"
        )
        for schema, name in tables.fetchall():
            place = settings.paths.spark / f"{schema}.db" / name
            place.mkdir(parents=True)
            warehouse.execute(f"copy {schema}.{name} to '{place}/part.parquet' (format parquet)")
    spark_tables.take_over(settings, manifest)
    builds.mark_passed(replace(settings, engine="spark"), inputs)


def published(settings: Settings, sql: str) -> list[tuple]:
    """What a reader of marts.duckdb sees."""
    with duckdb.connect(str(settings.paths.marts), read_only=True) as marts:
        return marts.execute(sql).fetchall()


@contextmanager
def instance(settings):
    """The workspace's Dagster instance, open."""
    with (
        dagster_home.prepared(settings) as home,
        dg.DagsterInstance.from_config(str(home)) as opened,
    ):
        yield opened


def history(settings):
    """The runs that Dagster remembers, newest first."""
    with instance(settings) as kept:
        return kept.get_runs()


def git(folder: Path, *arguments: str, at: str = "2026-06-30T12:00:00+00:00") -> None:
    """Git without the user's configuration."""
    names = {
        f"GIT_{who}_{what}": "jo@example.com"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    dates = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at, "GIT_CONFIG_GLOBAL": "/dev/null"}
    subprocess.run(
        ["git", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        env={**names, **dates, "PATH": "/usr/bin:/bin:/usr/local/bin"},
    )


def put_many(settings, *, days: int, incidents: int) -> int:
    """Ten files a day; returns how many files."""
    for number in range(days * 10):
        day = date(2026, 6, 1) + timedelta(days=number // 10)
        put(settings, f"{number}.json", *(f"I-{number}-{n}" for n in range(incidents)), day=day)
    return days * 10
