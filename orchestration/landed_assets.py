"""Factory: one asset per live interface, writing its documents into the inbox. No lock, no parsing."""

import dagster as dg

from ingest import apis
from ingest.apis import Api
from orchestration.fetch_failures import noting
from orchestration.landing import FetchError, Landing, land
from orchestration.observer import Observer
from orchestration.raw_assets import OWNERS, days_of, partitions
from orchestration.settings import Settings

# For what comes from a network or a disk; an ApiError says what a person must do, and waits for nobody.
_RETRIES = dg.RetryPolicy(max_retries=3, delay=10, backoff=dg.Backoff.EXPONENTIAL)


def landed_assets(settings: Settings, observer: Observer) -> list[dg.AssetsDefinition]:
    """Every registered interface."""
    return [_landed(settings, api, observer) for api in apis.all_apis()]


def _landed(settings: Settings, api: Api, observer: Observer) -> dg.AssetsDefinition:
    @dg.asset(
        key=["landed", api.name],
        group_name="landed",
        description=f"Documents of {api.name} by day, as inbox files of {api.source}.",
        kinds={"python", "file"},
        owners=OWNERS,
        partitions_def=partitions(settings),
        backfill_policy=dg.BackfillPolicy.single_run(),
        retry_policy=_RETRIES,
        # One at a time where a vendor counts requests: those of all runs together.
        pool=f"{api.name}_api" if api.rate else None,
    )
    def fetch(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        found = Landing()
        try:
            with noting(settings, api):
                land(settings, api, days_of(context), found=found)
        except FetchError as problem:
            observer.warnings += [
                f"{api.name} could not be fetched: {reason}" for reason in problem.said
            ]
            raise dg.Failure(str(problem), allow_retries=False) from None
        finally:
            observer.warnings += [f"{api.name}: {what}" for what in found.said]
        facts = {"files": found.files, "files_new": found.news, "days_asked": found.days}
        return dg.MaterializeResult(metadata=facts)

    return fetch
