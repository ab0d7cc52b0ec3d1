"""How much of its past Dagster keeps.

A night writes 11 MB of events (measured on the demo): without an end to it, the history of runs would
soon be the largest thing in the data folder.
"""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, cast

from dagster import DagsterInstance, RunsFilter
from dagster._core.storage.dagster_run import FINISHED_STATUSES
from sqlalchemy import Connection, text

from orchestration.event_log import BatchedSqliteEventLog
from orchestration.schedules import WATCH

if TYPE_CHECKING:
    from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage

# What is last known of an asset, of one day of it, or of a check stays, whichever run said it: the UI
# would else show days as never loaded. In files each run's other events have a database of their own, in PostgreSQL
# all are in these tables.
_REPLACED = """
    run_id = :run_id and (
        dagster_event_type is null  -- what was only logged
        or dagster_event_type not in ('ASSET_MATERIALIZATION', 'ASSET_OBSERVATION')
        or exists (
            select 1 from event_logs as newer
            where
                newer.asset_key = event_logs.asset_key
                and newer.dagster_event_type = event_logs.dagster_event_type
                and newer.partition {same} event_logs.partition
                and newer.id > event_logs.id
        )
    )
"""
_SAME = {"sqlite": "is", "postgresql": "is not distinct from"}
"""How a database compares what may be NULL on both sides."""
_FORGET = (
    f"delete from asset_event_tags where event_id in (select id from event_logs where {_REPLACED})",  # noqa: S608
    f"delete from event_logs where {_REPLACED}",  # noqa: S608
    """
    delete from asset_check_executions where run_id = :run_id and exists (
        select 1 from asset_check_executions as newer
        where
            newer.asset_key = asset_check_executions.asset_key
            and newer.check_name = asset_check_executions.check_name
            and newer.partition {same} asset_check_executions.partition
            and newer.id > asset_check_executions.id
    )
    """,
)


def forget_old_runs(instance: DagsterInstance, keep: int) -> int:
    """Remove the finished runs before the newest `keep`, with all they wrote; returns how many.

    Those that only looked for news are counted by themselves: a day has hundreds of them.
    """
    log = cast(
        "SqlEventLogStorage", instance.event_log_storage
    )  # or what hands everything on to one
    every = instance.get_run_ids(RunsFilter(statuses=FINISHED_STATUSES))
    looked = instance.get_run_ids(RunsFilter(statuses=FINISHED_STATUSES, job_name=WATCH))
    others = set(every) - set(looked)
    kept = {*looked[:keep], *[run_id for run_id in every if run_id in others][:keep]}
    old = [run_id for run_id in every if run_id not in kept]
    for run_id in reversed(old):  # the oldest first: stopped half way, the rest is the next run's
        with log.index_connection() as index:
            _forget(index, run_id)
        instance.run_storage.delete_run(run_id)
        if isinstance(log, BatchedSqliteEventLog):
            file = Path(log.path_for_shard(run_id))
            for place in (file, *file.parent.glob(f"{file.name}-*")):
                place.unlink(missing_ok=True)
        shutil.rmtree(Path(instance.root_directory) / "storage" / run_id, ignore_errors=True)
    return len(old)


def _forget(index: Connection, run_id: str) -> None:
    same = _SAME[index.dialect.name]
    for statement in _FORGET:
        index.execute(text(statement.format(same=same)), {"run_id": run_id})
