"""The batched event log writes what Dagster's own would have written."""

import contextlib
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as db

from orchestration import dagster_home
from orchestration.event_log import OPEN_SHARDS, BatchedSqliteEventLog
from tests.pipeline.conftest import new_workspace

DAYS = dg.DailyPartitionsDefinition("2026-06-01", end_date="2026-07-01")
FILES_OF_A_DATABASE = 3  # itself, its log and the log's index
RANGE = {
    "dagster/asset_partition_range_start": "2026-06-03",
    "dagster/asset_partition_range_end": "2026-06-12",
}


@dg.multi_asset(
    specs=[dg.AssetSpec("one"), dg.AssetSpec("two")],
    check_specs=[dg.AssetCheckSpec("fine", asset="one")],
    partitions_def=DAYS,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def both():
    yield dg.MaterializeResult(asset_key="one", metadata={"rows": 3})
    yield dg.MaterializeResult(asset_key="two")
    yield dg.AssetCheckResult(passed=True, check_name="fine", asset_key="one")


@dg.asset(deps=["one"])
def broken():
    raise RuntimeError("as planned")


JOB = dg.Definitions(assets=[both, broken]).resolve_implicit_global_asset_job_def()


def run(home) -> dg.DagsterInstance:
    instance = dg.DagsterInstance.from_config(str(home))
    JOB.execute_in_process(instance=instance, tags=RANGE, raise_on_error=False)
    return instance


def storage_of(instance):
    """The storage itself: an instance with one file for all storages wraps it."""
    return getattr(instance.event_log_storage, "event_log_storage", instance.event_log_storage)


def told(instance) -> dict[str, object]:
    """Everything the UI asks of an event log, without ids and times."""
    [run] = instance.get_runs()
    records = instance.get_records_for_run(run.run_id, limit=1000).records
    one = dg.AssetKey("one")
    check = dg.AssetCheckKey(one, "fine")
    [history] = instance.event_log_storage.get_asset_check_execution_history(check, limit=5)
    return {
        "status": run.status,
        "events": sorted(
            (e.dagster_event_type.value, str(e.dagster_event.asset_key), e.dagster_event.partition)
            for e in (record.event_log_entry for record in records)
            if e.is_dagster_event
            and "ENGINE" not in e.dagster_event_type.value
            and "RESOURCE" not in e.dagster_event_type.value
        ),
        "days": instance.get_materialized_partitions(one),
        "rows": instance.get_latest_materialization_event(one).asset_materialization.metadata[
            "rows"
        ],
        "check": history.status,
        "stats": instance.get_run_stats(run.run_id).materializations,
        "keys": set(instance.all_asset_keys()),
    }


@pytest.fixture
def homes(tmp_path, monkeypatch):
    stock = tmp_path / "stock"
    stock.mkdir()
    (stock / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with dagster_home.prepared(new_workspace(tmp_path / "shop")) as ours:
        yield ours, stock


def test_both_logs_tell_the_same(homes):
    ours, stock = homes
    with run(ours) as one, run(stock) as other:
        assert isinstance(storage_of(one), BatchedSqliteEventLog)
        assert not isinstance(storage_of(other), BatchedSqliteEventLog)
        assert told(one) == told(other)
        assert told(one)["days"] == {f"2026-06-{n:02}" for n in range(3, 13)}


def test_the_stock_storage_reads_what_ours_wrote(homes):
    ours, _ = homes
    with run(ours) as one:
        before = told(one)
    (ours / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with dg.DagsterInstance.from_config(str(ours)) as stock:
        assert told(stock) == before


def test_a_batch_is_stored_whole_or_not_at_all(homes, monkeypatch):
    ours, _ = homes
    with run(ours) as instance:
        log = storage_of(instance)
        [run_] = instance.get_runs()
        entries = [
            r.event_log_entry for r in instance.get_records_for_run(run_.run_id, limit=9).records
        ]
        before = len(instance.all_logs(run_.run_id))
        real, calls = type(log).store_event, []

        def failing(self, event):
            calls.append(event)
            if len(calls) == 3:
                raise RuntimeError("disk full")
            real(self, event)

        monkeypatch.setattr(type(log), "store_event", failing)
        with pytest.raises(RuntimeError):
            log.store_event_batch(entries[:5])
        assert len(instance.all_logs(run_.run_id)) == before


def test_the_databases_of_many_runs_do_not_all_stay_open(homes):
    ours, _ = homes
    with dg.DagsterInstance.from_config(str(ours)) as instance:
        log = storage_of(instance)
        runs = [
            JOB.execute_in_process(instance=instance, tags=RANGE, raise_on_error=False).run_id
            for _ in range(3)
        ]
        for number in range(40):
            with log.run_connection(f"{runs[0]}-{number}") as connection:
                connection.execute(db.text("select count(*) from event_logs"))
        assert 0 < len(files_open_in(ours)) <= OPEN_SHARDS * FILES_OF_A_DATABASE
        assert [len(instance.all_logs(run_id)) > 0 for run_id in runs] == [True] * 3
    assert not files_open_in(ours)


def files_open_in(folder) -> list[str]:
    """What this process holds open below a folder."""
    found = []
    for place in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.append(str(place.readlink()))
    return [name for name in found if name.startswith(str(folder)) and ".db" in name]
