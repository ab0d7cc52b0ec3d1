"""Everything Dagster sees."""

import warnings
from pathlib import Path

import dagster as dg

from orchestration import dbt_home
from orchestration.dbt_assets import dbt_assets
from orchestration.incident_windows import incident_windows
from orchestration.landed_assets import landed_assets
from orchestration.observer import Observer
from orchestration.published_assets import lake_specs, published_assets
from orchestration.raw_assets import raw_assets
from orchestration.reviews import QUARTERLY, WEEKLY, quarterly, review_assets, weekly
from orchestration.schedules import BUILD, CORRELATE, INGEST, LOAD, nightly, watch
from orchestration.sensors import after_ingest, incident_sensor
from orchestration.settings import Settings, load


def build_defs(
    settings: Settings, observer: Observer | None = None, manifest: Path | None = None
) -> dg.Definitions:
    """The whole graph of one workspace; the dbt project is assembled and parsed if it changed."""
    observer = observer or Observer()
    manifest = manifest or dbt_home.prepare(settings)
    with (
        warnings.catch_warnings()
    ):  # backfill policies are still called beta; they are what we rely on
        warnings.simplefilter("ignore", dg.BetaWarning)
        assets: list[dg.AssetsDefinition | dg.AssetSpec] = [
            *landed_assets(settings, observer),
            *raw_assets(settings, observer),
            incident_windows(settings, observer),
            dbt_assets(settings, manifest, observer),
            published_assets(settings, manifest, observer),
            *review_assets(settings, manifest),
            *lake_specs(manifest),
        ]
    return dg.Definitions(
        assets=assets,
        jobs=[INGEST, LOAD, CORRELATE, BUILD, WEEKLY, QUARTERLY],
        schedules=[nightly(settings), watch(settings), weekly(settings), quarterly(settings)],
        sensors=[*after_ingest(settings), incident_sensor(settings)],
        # DuckDB has one writer and dbt is Python: a process per step only adds imports (20 s a run).
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """For Dagster's own processes: the workspace comes from the environment."""
    return build_defs(load())
