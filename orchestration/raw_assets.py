"""Factory: one multi-asset per inbox family, filling the raw tables of that family by day."""

from collections.abc import Iterator
from datetime import date, timedelta

import dagster as dg

from ingest import apis, sources
from ingest.records import Load, RejectRow
from ingest.source import Family
from orchestration.checks import REJECT_SHARE, reject_share
from orchestration.days import Days, today_in
from orchestration.expiry import expire, said_of
from orchestration.loading import LoadReport, load_family, tables_of
from orchestration.observer import Observer
from orchestration.settings import Settings

OWNERS = ["team:data-platform"]
FILES_LOADED = "files_loaded"
"""Metadata of a load: how many files were new, changed, or read by new rules."""
_FRESHNESS = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(days=3), warn_window=timedelta(hours=36)
)


def partitions(settings: Settings) -> dg.DailyPartitionsDefinition:
    """Days of the workspace's reporting zone, today included: files of today may be there already."""
    return dg.DailyPartitionsDefinition(
        start_date=settings.first_day.isoformat(), timezone=settings.reporting_zone, end_offset=1
    )


def days_of(context: dg.AssetExecutionContext) -> Days:
    """The days a run was asked for: one partition, or the range of a backfill."""
    asked = context.partition_key_range
    return Days(date.fromisoformat(asked.start), date.fromisoformat(asked.end))


def raw_key(table: str) -> dg.AssetKey:
    """Asset key of a raw table: what dagster-dbt calls the dbt source `raw` of that name."""
    return dg.AssetKey(["raw", table])


def raw_assets(settings: Settings, observer: Observer) -> list[dg.AssetsDefinition]:
    """Every family, and the ledgers that all of them share."""
    families = tuple(dict.fromkeys(s.family for s in sources.all_sources() if s.landed))
    loads = [_family(settings, family, observer) for family in families]
    return [*loads, _ledgers([table for family in families for table in tables_of(family)])]


def _family(settings: Settings, family: Family, observer: Observer) -> dg.AssetsDefinition:
    names = [source.name for source in sources.of_family(family)]
    landed = [["landed", api.name] for api in apis.all_apis() if api.source in names]

    @dg.multi_asset(
        name=f"load_{family}",
        group_name=family,
        specs=[
            dg.AssetSpec(
                raw_key(table),
                deps=landed,
                description=f"Rows of {', '.join(names)}, as Parquet parts by day.",
                kinds={"python", "parquet"},
                owners=OWNERS,
                freshness_policy=_FRESHNESS,
            )
            for table in tables_of(family)
        ],
        check_specs=[
            dg.AssetCheckSpec(
                REJECT_SHARE,
                asset=raw_key(tables_of(family)[0]),
                description="Nearly all records of the family's files could be read.",
            )
        ],
        partitions_def=partitions(settings),
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def load(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        report = load_family(settings, family, days_of(context), tick=observer.advance)
        observer.loaded(report)
        for warning in report.warnings:
            context.log.warning(warning)
        _expire(context, settings, observer, family=family)
        for table in tables_of(family):
            yield dg.MaterializeResult(asset_key=raw_key(table), metadata=_metadata(report, table))
        yield reject_share(report, settings.max_reject_share)

    return load


def _expire(
    context: dg.AssetExecutionContext, settings: Settings, observer: Observer, *, family: Family
) -> None:
    """Only now, when the lake holds what goes from the inbox."""
    for gone in expire(settings, family, today_in(settings.reporting_zone)):
        observer.expired.append(gone)
        context.log.info(said_of(gone))


def _metadata(report: LoadReport, table: str) -> dict[str, int]:
    return {
        "files": report.listed,
        FILES_LOADED: report.loaded,
        "files_unreadable": report.unreadable,
        "rows_loaded": report.rows[table],
        "records_rejected": report.rejected,
    }


def _ledgers(tables: list[str]) -> dg.AssetsDefinition:
    """The ledgers' assets: written by every load, so they stand behind all of them."""

    @dg.multi_asset(
        name="ledgers",
        group_name="ledger",
        specs=[
            dg.AssetSpec(
                raw_key(name),
                deps=[raw_key(table) for table in tables],
                description=text,
                kinds={"parquet"},
                owners=OWNERS,
            )
            for name, text in (
                (Load.TABLE, "The ledger: what every inbox file gave."),
                (RejectRow.TABLE, "Records that could not be read, with place and reason."),
            )
        ],
    )
    def ledgers() -> Iterator[dg.MaterializeResult[None]]:
        for name in (Load.TABLE, RejectRow.TABLE):
            yield dg.MaterializeResult(asset_key=raw_key(name))

    return ledgers
