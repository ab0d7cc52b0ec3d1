"""What runs after what."""

import dagster as dg

from orchestration.launcher import HEADLESS
from orchestration.raw_assets import FILES_LOADED
from orchestration.schedules import BUILD, INGEST, WATCH

_NONE = dg.IntMetadataValue(0)
_BACKFILL = "dagster/backfill"
_LOADED_BY_DAY = ("dagster/partition", "dagster/asset_partition_range_start")
_INGESTED = ("landed", "raw")


def _after(status: dg.DagsterRunStatus, name: str) -> dg.SensorDefinition:
    @dg.run_status_sensor(
        name=name,
        description="Builds and publishes when files were loaded: by the schedule, by hand, by a backfill.",
        run_status=status,
        request_job=BUILD,
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=10,
    )
    def sensor(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        run = context.dagster_run
        if HEADLESS in run.tags:
            return dg.SkipReason("the command line builds by itself")
        if not _is_ingest(run):
            return dg.SkipReason("nothing was loaded")
        if run.job_name == WATCH and not _brought_news(context):
            return dg.SkipReason("nothing new was loaded")
        if _builds_by_itself(context):
            return dg.SkipReason("the backfill builds by itself")
        return dg.RunRequest(run_key=run.run_id)

    return sensor


def _is_ingest(run: dg.DagsterRun) -> bool:
    if run.job_name in (INGEST.name, WATCH):
        return True
    keys = run.asset_selection or frozenset()
    by_day = any(tag in run.tags for tag in _LOADED_BY_DAY)
    return by_day and any(key.path[0] in _INGESTED for key in keys)


def _brought_news(context: dg.RunStatusSensorContext) -> bool:
    """Whether the run loaded any file, as its raw tables say."""
    kept = context.instance.get_records_for_run(
        context.dagster_run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION
    )
    told = (record.event_log_entry.asset_materialization for record in kept.records)
    return any(one and one.metadata.get(FILES_LOADED, _NONE).value for one in told)


def _builds_by_itself(context: dg.RunStatusSensorContext) -> bool:
    """Whether the run is of a backfill that goes on to the models when the days are loaded."""
    backfill_id = context.dagster_run.tags.get(_BACKFILL)
    backfill = context.instance.get_backfill(backfill_id) if backfill_id else None
    selected = (backfill.asset_selection if backfill else None) or ()
    return any(key.path[0] not in _INGESTED for key in selected)


# After a failed load as well: what the other families brought is worth a build, and the age of what is
# missing shows in it.
BUILD_AFTER_INGEST = [
    _after(dg.DagsterRunStatus.SUCCESS, "build_after_ingest"),
    _after(dg.DagsterRunStatus.FAILURE, "build_after_failed_ingest"),
]
