"""The published files as the last assets of the graph: after every mart, and only if all tests passed."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import dagster as dg
import duckdb
import msgspec

from orchestration import builds, history, messages
from orchestration.dbt_assets import (
    LOCK_RETRIES,
    LOCK_WAIT_SECONDS,
    POOL,
    warehouse_held,
)
from orchestration.lake import write_synced
from orchestration.observer import Observer
from orchestration.publish import SCHEMA, Mart, code_version_of, marts_of, publish
from orchestration.published_marts import published, rows_of
from orchestration.raw_assets import OWNERS
from orchestration.settings import Settings

_FILES = {
    "marts": (
        "marts.duckdb",
        "Every mart with its descriptions as comments, for SQL tools.",
        "duckdb",
    ),
    "parquet": (
        "parquet",
        "Every mart as Parquet: one file each, of those by day one a month.",
        "parquet",
    ),
    "topn_gaps": ("topn_gaps.csv", "The gaps in order, for spreadsheets.", "csv"),
    "summary": ("summary.json", "The short answer, for scripts.", "json"),
    "incidents": ("incidents", "A report per incident, as Markdown and HTML.", "markdown"),
}
_OF_REPORTS = {"fct_incidents", "fct_incident_correlation", "fct_incident_tests"}


def published_assets(
    settings: Settings, manifest_path: Path, observer: Observer
) -> dg.AssetsDefinition:
    """All published files; they are written together."""
    manifest = msgspec.json.decode(manifest_path.read_bytes())
    marts, kept = marts_of(manifest), history.kept_marts(manifest)
    code_version = code_version_of(manifest)

    @dg.multi_asset(name="publish", group_name="published", specs=_specs(marts), pool=POOL)
    def write(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        observer.stage("publish", len(marts))
        try:
            with _passed_warehouse(settings):
                rows = publish(settings, marts, code_version, tick=observer.advance)
                said = _reports(settings, rows, observer)
                if settings.as_of is None:  # what is built for a past day was not known on it
                    history.keep(settings, kept, how="run", code_version=code_version)
                builds.mark_published(settings)
        except duckdb.IOException as error:
            if "lock" in str(error) and context.retry_number < LOCK_RETRIES:
                raise dg.RetryRequested(LOCK_RETRIES, LOCK_WAIT_SECONDS) from error
            raise
        counts = {"marts": len(rows), "rows": sum(rows.values())}
        for name, (file, _, _) in _FILES.items():
            told = said if name == "incidents" else counts
            place = str(settings.paths.published / file)
            yield dg.MaterializeResult(
                asset_key=["published", name], metadata={**told, "path": place}
            )
        _forget_old_runs(context, settings)

    return write


def _specs(marts: Iterable[Mart]) -> list[dg.AssetSpec]:
    return [
        dg.AssetSpec(
            ["published", name],
            deps=[[SCHEMA, mart.name] for mart in marts],
            description=text,
            kinds={kind},
            owners=OWNERS,
        )
        for name, (_, text, kind) in _FILES.items()
    ]


def _reports(
    settings: Settings, rows: Mapping[str, int], observer: Observer
) -> dict[str, dg.MetadataValue | int]:
    """Write what each incident's report says now; what Dagster shows of it, the newest change whole."""
    from gapsight.incident.files import write_reports
    from gapsight.incident.news import news_of
    from gapsight.pages.markdown import markdown

    if not rows.keys() >= _OF_REPORTS:
        return {}
    folder = settings.paths.published / "incidents"
    with published(settings.paths.marts) as marts:
        done = write_reports(partial(rows_of, marts), folder, write_synced)
    if settings.as_of is None and (problem := messages.tell(settings, news_of(done.every))):
        observer.warnings.append(problem)
    shown: dict[str, dg.MetadataValue | int] = {
        "reports": len(done.every),
        "provisional": sum(report.state == "provisional" for report in done.every),
        "changed": len(done.changed),
    }
    if done.changed:
        newest = max(done.changed, key=lambda report: str(report.incident["detected"]))
        shown["newest"] = dg.MetadataValue.md(markdown(newest.document()))
    return shown


def lake_specs(manifest_path: Path) -> list[dg.AssetSpec]:
    """What lies in the lake and no asset of this graph makes: its files as such, and what runs before this one kept."""
    manifest = msgspec.json.decode(manifest_path.read_bytes())
    tables = sorted(s["name"] for s in manifest["sources"].values() if s["source_name"] == "raw")
    parts = dg.AssetSpec(
        ["lake", "parts"],
        deps=[dg.AssetKey(["raw", table]) for table in tables],
        group_name="history",
        description="The lake's Parquet files, by name, size and time of writing.",
        kinds={"parquet"},
        owners=OWNERS,
    )
    kept = (
        dg.AssetSpec(
            ["history", mart.name],
            group_name="history",
            description=f"{mart.name} as it was published on each earlier day.",
            kinds={"parquet"},
            owners=OWNERS,
        )
        for mart in history.kept_marts(manifest)
    )
    return [parts, *kept]


def _forget_old_runs(context: dg.AssetExecutionContext, settings: Settings) -> None:
    """Last of all, so that what was published is known whatever becomes of this."""
    from sqlalchemy.exc import SQLAlchemyError

    from orchestration.retention import forget_old_runs

    try:
        gone = forget_old_runs(context.instance, settings.keep_runs)
    except SQLAlchemyError as error:  # the next run tries again
        context.log.warning("old runs could not be removed: %s", error)
    else:
        context.log.info("%s old runs removed from the history", gone)


@contextmanager
def _passed_warehouse(settings: Settings) -> Iterator[None]:
    with warehouse_held(settings):
        if not builds.has_passed(settings):
            raise dg.Failure(
                "The warehouse is not as a build left it that passed all its tests: build it again.",
                allow_retries=False,
            )
        yield
