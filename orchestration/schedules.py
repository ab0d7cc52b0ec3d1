"""What runs when. One job loads, one builds and publishes: a vendor that is down stops only the first."""

from datetime import timedelta

import dagster as dg

from ingest import apis, sources
from ingest.source import WATCHED
from orchestration.days import Days
from orchestration.incident_news import FAMILIES as INCIDENTS
from orchestration.settings import Settings

DAYS_AGAIN = 4
"""Days each night looks at again, for files that came late."""
WATCH = "watch"
"""The job that looks for news every few minutes."""
UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]

INGEST = dg.define_asset_job(
    "ingest",
    selection=dg.AssetSelection.key_prefixes("landed")
    | (dg.AssetSelection.key_prefixes("raw") - dg.AssetSelection.groups("ledger")),
    description="Fetch and load the inbox folders of the chosen days.",
)
LOAD = dg.define_asset_job(
    "load",
    selection=dg.AssetSelection.key_prefixes("raw") - dg.AssetSelection.groups("ledger"),
    description="Load the inbox folders of the chosen days and fetch nothing: after a fetch that failed.",
)
CORRELATE = dg.define_asset_job(
    "correlate",
    selection=dg.AssetSelection.groups(*INCIDENTS) | dg.AssetSelection.key_prefixes("windows"),
    description="Load what tells of incidents, and bring what the days around them need.",
)
BUILD = dg.define_asset_job(
    "build",
    selection=dg.AssetSelection.all()
    - dg.AssetSelection.key_prefixes("landed")
    - (dg.AssetSelection.key_prefixes("raw") - dg.AssetSelection.groups("ledger"))
    - dg.AssetSelection.key_prefixes("windows")
    - dg.AssetSelection.key_prefixes("reviews"),
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


def watch(settings: Settings) -> dg.ScheduleDefinition:
    """Every few minutes: news of the watched families are fetched and loaded.

    Runs by itself where an interface of theirs is configured; else it can be started by hand, for
    files that others drop into the inbox. A build follows only what was loaded.
    """
    watched = [api for api in apis.all_apis() if sources.get(api.source).family in WATCHED]
    asked = [api for api in watched if settings.entries(api.settings)]
    job = dg.define_asset_job(
        WATCH,
        # Of the interfaces those that have something to ask: every step costs events.
        selection=dg.AssetSelection.groups(*WATCHED)
        | dg.AssetSelection.assets(*(["landed", api.name] for api in asked)),
        description="Fetch and load what the last minutes brought.",
    )
    days_again = max((api.windows.days_again for api in asked), default=1)

    @dg.schedule(
        name=WATCH,
        job=job,
        cron_schedule=f"*/{settings.watch_minutes} * * * *",
        execution_timezone=settings.reporting_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING
        if asked
        else dg.DefaultScheduleStatus.STOPPED,
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        for name in (WATCH, INGEST.name):
            if context.instance.get_run_ids(
                dg.RunsFilter(job_name=name, statuses=UNFINISHED), limit=1
            ):
                return dg.SkipReason(f"a run of {name} has not ended yet")
        last = context.scheduled_execution_time.date()
        first = max(last - timedelta(days=days_again), settings.first_day)
        key = context.scheduled_execution_time.isoformat(timespec="minutes")
        return dg.RunRequest(run_key=key, tags=range_tags(Days(first, last)))

    return schedule


def range_tags(days: Days) -> dict[str, str]:
    """Tags that make a run cover a range of days at once."""
    return {
        "dagster/asset_partition_range_start": days.first.isoformat(),
        "dagster/asset_partition_range_end": days.last.isoformat(),
    }
