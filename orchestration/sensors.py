"""What runs after what."""

import dagster as dg

from orchestration.schedules import BUILD, INGEST

HEADLESS = "gapsight/headless"
"""Tag of runs that a command started, not Dagster."""


def _after(status: dg.DagsterRunStatus, name: str) -> dg.SensorDefinition:
    @dg.run_status_sensor(
        name=name,
        run_status=status,
        monitored_jobs=[INGEST],
        request_job=BUILD,
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=30,
    )
    def sensor(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        if HEADLESS in context.dagster_run.tags:
            return dg.SkipReason("the command line builds by itself")
        return dg.RunRequest(run_key=context.dagster_run.run_id)

    return sensor


# After a failed load as well: what the other families brought is worth a build, and the age of what is
# missing shows in it.
BUILD_AFTER_INGEST = [
    _after(dg.DagsterRunStatus.SUCCESS, "build_after_ingest"),
    _after(dg.DagsterRunStatus.FAILURE, "build_after_failed_ingest"),
]
