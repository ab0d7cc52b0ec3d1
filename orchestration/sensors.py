"""What runs after what."""

import time

import dagster as dg

from ingest import sources
from orchestration import incident_news
from orchestration.days import spans_of
from orchestration.launcher import HEADLESS
from orchestration.loading import pending
from orchestration.raw_assets import FILES_LOADED
from orchestration.schedules import BUILD, CORRELATE, INGEST, LOAD, UNFINISHED, WATCH, range_tags
from orchestration.settings import Settings

_NONE = dg.IntMetadataValue(0)
_BACKFILL = "dagster/backfill"
_DAYS = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
_LOADED_BY_DAY = ("dagster/partition", _DAYS[0])
_INGESTED = ("landed", "raw", "windows")
_LANDED_STEP = "landed__"
_CONTENT = "gapsight/incidents"
"""Tag of a correlation run: the content it was started for."""
_TRIES, _RETRY_SECONDS = 3, 600
_KILLED = "gapsight/killed"
"""Tag of a build: how many builds before it were killed."""
_BROUGHT = "gapsight/brought-news"
"""Tag of a load after a failed fetch: the run before it loaded something, so a build follows in any case."""


def after_ingest(settings: Settings) -> list[dg.SensorDefinition]:
    """What follows a load; after a failed one as well, as what the other families brought is worth a build.

    A failed fetch keeps Dagster from loading its family: a vendor that is down would hold back the files
    that others deliver. So a load without it comes first, if any file waits.
    """
    return [
        _after(settings, dg.DagsterRunStatus.SUCCESS, "build_after_ingest"),
        _after(settings, dg.DagsterRunStatus.FAILURE, "build_after_failed_ingest"),
    ]


def _after(settings: Settings, status: dg.DagsterRunStatus, name: str) -> dg.SensorDefinition:
    @dg.run_status_sensor(
        name=name,
        description="Builds and publishes when files were loaded: by the schedule, by hand, by a backfill.",
        run_status=status,
        request_jobs=[BUILD, LOAD],
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=10,
    )
    def sensor(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        run = context.dagster_run
        if HEADLESS in run.tags:
            return dg.SkipReason("the command line builds by itself")
        if not _is_ingest(run):
            is_failed_build = (run.job_name, status) == (BUILD.name, dg.DagsterRunStatus.FAILURE)
            nothing = dg.SkipReason("nothing was loaded")
            return _built_again(context) if is_failed_build else nothing
        news = _is_news(context)
        if status == dg.DagsterRunStatus.FAILURE and _is_held_back(context, settings):
            days = {tag: run.tags[tag] for tag in _DAYS if tag in run.tags}
            tags = {**days, _BROUGHT: str(news).lower()}
            return dg.RunRequest(run_key=run.run_id, job_name=LOAD.name, tags=tags)
        if not news:
            return dg.SkipReason("nothing new was loaded")
        if _builds_by_itself(context):
            return dg.SkipReason("the backfill builds by itself")
        return dg.RunRequest(run_key=run.run_id, job_name=BUILD.name)

    return sensor


def _built_again(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
    """A build that was killed is followed by another: what it should have published is loaded, and no news any more."""
    run = context.dagster_run
    kept = context.instance.get_records_for_run(
        run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE
    )
    if kept.records:
        return dg.SkipReason(
            "the build says itself what is wrong: built again, it would be the same"
        )
    killed = int(run.tags.get(_KILLED, "0")) + 1
    if killed > _TRIES:
        return dg.SkipReason(
            f"killed {killed} times: see the machine's memory, then run the job build"
        )
    return dg.RunRequest(run_key=run.run_id, job_name=BUILD.name, tags={_KILLED: str(killed)})


def _is_ingest(run: dg.DagsterRun) -> bool:
    if run.job_name in (INGEST.name, LOAD.name, CORRELATE.name, WATCH):
        return True
    keys = run.asset_selection or frozenset()
    by_day = any(tag in run.tags for tag in _LOADED_BY_DAY)
    return by_day and any(key.path[0] in _INGESTED for key in keys)


def _is_held_back(context: dg.RunStatusSensorContext, settings: Settings) -> bool:
    """Whether a fetch failed and files wait that the run would have loaded."""
    kept = context.instance.get_records_for_run(
        context.dagster_run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE
    )
    steps = [str(record.event_log_entry.step_key) for record in kept.records]
    if not any(step.startswith(_LANDED_STEP) for step in steps):
        return False
    families = dict.fromkeys(source.family for source in sources.all_sources() if source.landed)
    first, last = (context.dagster_run.tags.get(tag, "") for tag in _DAYS)
    return any(
        first <= unit.day.isoformat() <= last
        for family in families
        for unit in pending(settings, family)
    )


def _is_news(context: dg.RunStatusSensorContext) -> bool:
    """Whether a build is worth it; the night's is, as it also says how old everything has become."""
    run = context.dagster_run
    if run.job_name not in (WATCH, LOAD.name, CORRELATE.name):
        return True
    return run.tags.get(_BROUGHT) == "true" or _brought_news(context)


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


def incident_sensor(settings: Settings) -> dg.SensorDefinition:
    """New or edited incidents, whoever delivered them, start a run that brings what their days need.

    What waits is told by the content of the inbox (orchestration/incident_news.py), so nothing is lost when a
    daemon or a run is killed. The run key is that content and how often it was tried: a request that was made
    just before a kill is not made twice.
    """

    @dg.sensor(
        name="incidents",
        description="Starts a correlation run for new and edited incidents.",
        job=CORRELATE,
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=15,
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        try:
            waiting = incident_news.waiting(settings)
        except incident_news.BusyError as busy:
            return dg.SkipReason(f"{busy} are being loaded: what waits is known afterwards")
        if not waiting:
            return dg.SkipReason("no new or edited incident")
        asked, said = [], []
        for span in spans_of(waiting):
            content = incident_news.content_of({d: x for d, x in waiting.items() if d in span})
            tries, why_not = _tries(context.instance, content)
            if why_not:
                said.append(f"{span.first} to {span.last}: {why_not}")
                continue
            tags = {**range_tags(span), _CONTENT: content}
            asked.append(dg.RunRequest(run_key=f"{content}:{tries}", tags=tags))
        if not asked:
            return dg.SkipReason("; ".join(said))
        return dg.SensorResult(run_requests=asked, cursor=incident_news.content_of(waiting))

    return sensor


def _tries(instance: dg.DagsterInstance, content: str) -> tuple[int, str]:
    """How often runs for a content were started, and why none should be started now."""
    records = instance.get_run_records(dg.RunsFilter(tags={_CONTENT: content}), limit=_TRIES)
    if any(record.dagster_run.status in UNFINISHED for record in records):
        return len(records), "a run for it goes on"
    if len(records) >= _TRIES:
        return len(records), f"given up after {_TRIES} runs: see what they say, then `gapsight run`"
    # One that was killed is followed at once; a vendor that was down needs time.
    waits = records and records[0].dagster_run.status == dg.DagsterRunStatus.SUCCESS
    if waits and time.time() - (records[0].end_time or 0) < _RETRY_SECONDS:
        return len(records), "its run could not bring everything: tried again in some minutes"
    return len(records), ""
