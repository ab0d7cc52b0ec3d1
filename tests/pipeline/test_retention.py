"""Old runs go, and what is last known of every asset, day and check stays."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from orchestration import dagster_home
from orchestration.event_log import BatchedSqliteEventLog
from orchestration.pipeline import run_pipeline
from orchestration.retention import forget_old_runs
from orchestration.settings import ConfigError, load
from tests.pipeline.conftest import new_workspace, put
from tests.unit.postgres_support import Cluster, cluster

DAYS = dg.DailyPartitionsDefinition("2026-06-01", end_date="2026-07-01")
LOADED, BUILT = dg.AssetKey("loaded"), dg.AssetKey("built")
FINE = dg.AssetCheckKey(BUILT, "fine")


@dg.multi_asset(
    specs=[dg.AssetSpec(LOADED)],
    partitions_def=DAYS,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def load_days():
    yield dg.MaterializeResult(asset_key=LOADED)


@dg.multi_asset(specs=[dg.AssetSpec(BUILT)], check_specs=[dg.AssetCheckSpec("fine", asset=BUILT)])
def build(context: dg.AssetExecutionContext):
    context.log.info("only said")
    yield dg.MaterializeResult(asset_key=BUILT, check_results=[dg.AssetCheckResult(passed=True)])


DEFS = dg.Definitions(
    assets=[load_days, build],
    jobs=[
        dg.define_asset_job("ingest", selection=[LOADED]),
        dg.define_asset_job("build", selection=[BUILT]),
        dg.define_asset_job("watch", selection=[LOADED]),
    ],
)


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as running:
        yield running


@pytest.fixture(params=["files", "postgres"])
def instance(tmp_path, request, monkeypatch):
    settings = new_workspace(tmp_path / "shop")
    if request.param == "postgres":
        server = request.getfixturevalue("server")
        base = f"runs_{tmp_path.name}"[:60].rstrip("_").lower()
        server.run(f'create database "{base}"', base="postgres")
        monkeypatch.setenv("RUNS", server.url("owner", base=base))
        new_workspace(tmp_path / "shop", '[dagster]\npostgres_env = "RUNS"\n')
        settings = load(tmp_path / "shop")
    with (
        dagster_home.prepared(settings) as home,
        dg.DagsterInstance.from_config(str(home)) as opened,
    ):
        yield opened


def run(instance, job: str, days: tuple[str, str] | None = None) -> str:
    ends = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
    tags = dict(zip(ends, days, strict=True)) if days else {}
    job_def = DEFS.resolve_job_def(job)
    return job_def.execute_in_process(instance=instance, tags=tags).run_id


def files(instance) -> set[str]:
    runs = Path(instance.root_directory) / "history" / "runs"
    return {place.stem for place in runs.glob("*-*.db")}


def rows(instance, table: str, run_id: str) -> int:
    with instance.event_log_storage.index_connection() as index:
        query = f"select count(*) from {table} where run_id = '{run_id}'"
        return index.exec_driver_sql(query).scalar()


def test_only_the_newest_runs_stay(instance) -> None:
    runs = [run(instance, "build") for _ in range(5)]
    assert forget_old_runs(instance, keep=2) == 3
    assert {r.run_id for r in instance.get_runs()} == set(runs[-2:])
    if isinstance(instance.event_log_storage, BatchedSqliteEventLog):
        assert files(instance) == set(runs[-2:])
    assert not any(
        rows(instance, t, r) for t in ("event_logs", "asset_check_executions") for r in runs[:3]
    )
    assert forget_old_runs(instance, keep=2) == 0


def test_looks_for_news_do_not_push_the_nights_out(instance) -> None:
    nights = [run(instance, "build") for _ in range(3)]
    looks = [run(instance, "watch", ("2026-06-01", "2026-06-02")) for _ in range(4)]
    assert forget_old_runs(instance, keep=2) == 3
    assert {r.run_id for r in instance.get_runs()} == {*nights[-2:], *looks[-2:]}


def test_days_that_only_an_old_run_loaded_stay_loaded(instance) -> None:
    first = run(instance, "ingest", ("2026-06-01", "2026-06-10"))
    for _ in range(3):
        run(instance, "ingest", ("2026-06-08", "2026-06-12"))
    storage = instance.event_log_storage
    before = storage.get_materialized_partitions(LOADED)
    assert len(before) == 12
    forget_old_runs(instance, keep=1)
    assert storage.get_materialized_partitions(LOADED) == before
    assert rows(instance, "event_logs", first) == 7  # of the days that no later run loaded
    assert len(instance.get_runs()) == 1


def test_the_last_word_of_a_check_and_of_an_asset_stays(instance) -> None:
    run(instance, "build")
    for _ in range(2):
        run(instance, "ingest", ("2026-06-01", "2026-06-02"))
    forget_old_runs(instance, keep=1)
    [execution] = instance.event_log_storage.get_asset_check_execution_history(FINE, limit=5)
    assert execution.status.value == "SUCCEEDED"
    assert instance.get_latest_materialization_event(BUILT)


def test_a_run_that_goes_on_is_never_old(instance) -> None:
    job = DEFS.resolve_job_def("build")
    going = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED).run_id
    done = [run(instance, "build") for _ in range(3)]
    forget_old_runs(instance, keep=1)
    assert {r.run_id for r in instance.get_runs()} == {going, done[-1]}


def test_a_run_that_published_removes_the_old_ones(tmp_path, project) -> None:
    settings = new_workspace(tmp_path / "shop", "keep_runs = 2\n")
    put(settings, "one.json", "I-1")
    for _ in range(3):
        run_pipeline(settings, force=True)
    with (
        dagster_home.prepared(settings) as home,
        dg.DagsterInstance.from_config(str(home)) as opened,
    ):
        jobs = [kept.job_name for kept in opened.get_runs()]
    assert jobs == ["build", "ingest", "build"]  # the newest was still running


def test_a_history_kept_nowhere_is_left_alone() -> None:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        run(ephemeral, "build")
        assert forget_old_runs(ephemeral, keep=1) == 0


def test_how_many_are_kept_is_a_setting(tmp_path) -> None:
    assert new_workspace(tmp_path / "plain").keep_runs == 60
    assert new_workspace(tmp_path / "other", "keep_runs = 10\n").keep_runs == 10
    assert new_workspace(tmp_path / "often", "watch_minutes = 2\n").watch_minutes == 2
    with pytest.raises(ConfigError, match="watch_minutes"):
        new_workspace(tmp_path / "never", "watch_minutes = 0\n")
    with pytest.raises(ConfigError, match="keep_runs"):
        new_workspace(tmp_path / "none", "keep_runs = 0\n")
    assert load(tmp_path / "other", environ={}).keep_runs == 10
