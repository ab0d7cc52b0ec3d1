"""What runs when. One job loads, one builds and publishes: a vendor that is down stops only the first."""

from datetime import timedelta

import dagster as dg

from orchestration.inbox import Days
from orchestration.settings import Settings

DAYS_AGAIN = 4
"""Days each night looks at again, for files that came late."""

INGEST = dg.define_asset_job(
    "ingest",
    selection=dg.AssetSelection.key_prefixes("landed")
    | (dg.AssetSelection.key_prefixes("raw") - dg.AssetSelection.groups("ledger")),
    description="Fetch and load the inbox folders of the chosen days.",
)
BUILD = dg.define_asset_job(
    "build",
    selection=dg.AssetSelection.all()
    - dg.AssetSelection.key_prefixes("landed")
    - (dg.AssetSelection.key_prefixes("raw") - dg.AssetSelection.groups("ledger")),
    description="Build every model, run every test, and publish if all of them pass.",
)


def nightly(settings: Settings) -> dg.ScheduleDefinition:
    """Every night: the last days' folders are fetched and loaded; the build follows by itself."""

    @dg.schedule(
        name="nightly",
        job=INGEST,
        cron_schedule="30 2 * * *",
        execution_timezone=settings.reporting_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        last = context.scheduled_execution_time.date()
        first = max(last - timedelta(days=DAYS_AGAIN), settings.first_day)
        return dg.RunRequest(run_key=last.isoformat(), tags=range_tags(Days(first, last)))

    return schedule


def range_tags(days: Days) -> dict[str, str]:
    """Tags that make a run cover a range of days at once."""
    return {
        "dagster/asset_partition_range_start": days.first.isoformat(),
        "dagster/asset_partition_range_end": days.last.isoformat(),
    }
