"""The dbt project as assets, its tests as asset checks: one dbt call per run, inside this process."""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg
import dagster_dbt as ddbt
from dagster_dbt.asset_utils import build_dbt_specs
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from orchestration import builds, engines, history, spark_tables
from orchestration.dbt_run import DbtOutcome, run_dbt
from orchestration.lake import Lake, locked
from orchestration.observer import Observer
from orchestration.settings import ConfigError, Settings

POOL = "warehouse"
LOCK_RETRIES = 3
LOCK_WAIT_SECONDS = 10
# Unit tests prove the models on made-up rows: the test suite runs them, a nightly run need not.
_BUILD = ("--exclude-resource-type", "unit_test")


def warehouse_held(settings: Settings) -> AbstractContextManager[None]:
    """Wait until no other run of ours has the warehouse open: Dagster's pool knows the UI's runs only."""
    return locked(settings.paths.warehouse.with_suffix(".lock"))


def dbt_assets(settings: Settings, manifest_path: Path, observer: Observer) -> dg.AssetsDefinition:
    """Every model and seed; the sources `raw.*` are the raw tables' assets by their keys alone."""
    manifest: dict[str, Any] = json.loads(manifest_path.read_text())
    kept = history.kept_marts(manifest)
    translator = ddbt.DagsterDbtTranslator()
    specs, check_specs = build_dbt_specs(
        translator=translator,
        manifest=manifest,
        select="fqn:*",
        exclude="",
        selector="",
        io_manager_key=None,
        project=None,
    )

    # All of it or nothing, unlike @dbt_assets: a backfill would else build what needs no raw table in
    # a run of its own first, and a part built alone leaves the marts of two different states.
    @dg.multi_asset(name="dbt", specs=specs, check_specs=check_specs, pool=POOL)
    def build(context: dg.AssetExecutionContext) -> Iterator[Any]:
        _require_engine(settings)
        observer.stage("build", nodes_of(manifest))
        with warehouse_held(settings), Lake(settings.paths.lake).frozen():
            builds.forget(settings)
            history.prepare(settings.paths.lake, kept)
            inputs = builds.inputs_of(settings)
            outcome = _built(settings, observer, context)
            if not outcome.problems:
                if settings.engine == "spark":
                    spark_tables.take_over(settings, manifest)
                else:
                    spark_tables.forget(settings)
                builds.mark_passed(settings, inputs)
        for event in _in_order(outcome.events, manifest):
            message = DbtCoreCliEventMessage(raw_event=event, event_history_metadata={})
            yield from message.to_default_asset_events(manifest, translator, context)
        _raise_if_failed(outcome, observer, context)

    return build


def _require_engine(settings: Settings) -> None:
    """For runs of the UI; a command asked before, to end with another exit code."""
    try:
        engines.require_master(settings)
    except ConfigError as error:
        raise dg.Failure(str(error), allow_retries=False) from None


def _built(settings: Settings, observer: Observer, context: dg.AssetExecutionContext) -> DbtOutcome:
    if settings.engine == "spark":
        spark_tables.empty_folder(settings)
        return run_dbt(settings, "build", _BUILD, tick=observer.advance, console="info")
    outcome = run_dbt(settings, "build", _BUILD, tick=observer.advance, console="info")
    if outcome.is_damaged:
        context.log.warning("the warehouse is damaged: built again from the lake")
        builds.discard(settings)
        outcome = run_dbt(settings, "build", _BUILD, console="info")
    return outcome


def _in_order(events: list[dict[str, Any]], manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """By the manifest's order, not the run's: a variable may leave out a dependency that Dagster knows of."""
    order = TopologicalSorter(manifest["parent_map"]).static_order()
    rank = {node: n for n, node in enumerate(order)}
    return sorted(events, key=lambda event: rank[event["data"]["node_info"]["unique_id"]])


def nodes_of(manifest: Mapping[str, Any]) -> int:
    """How many nodes a whole build runs."""
    return sum(node["resource_type"] != "operation" for node in manifest["nodes"].values())


def _raise_if_failed(
    outcome: DbtOutcome, observer: Observer, context: dg.AssetExecutionContext
) -> None:
    observer.warnings += outcome.warnings
    if not outcome.problems:
        return
    if outcome.is_locked and context.retry_number < LOCK_RETRIES:
        raise dg.RetryRequested(LOCK_RETRIES, seconds_to_wait=LOCK_WAIT_SECONDS)
    observer.failed(outcome.problems)
    raise dg.Failure("dbt: " + "; ".join(outcome.problems[:10]), allow_retries=False)
