"""Before an incident is judged: what its days need of the interfaces and the inbox, fetched and loaded.

The days are those before it, in which tests may have warned, until a day after its end, so that every source can
pass it. A vendor that is down holds back nothing: the report stays provisional, and the sensor asks again.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import dagster as dg
import duckdb

from ingest import apis, sources
from ingest.records import Incident, Issue
from ingest.source import Family
from orchestration import incident_news
from orchestration.days import Days, days_until_today, spans_of
from orchestration.lake import Lake
from orchestration.landing import FetchError, days_missing, land
from orchestration.loading import load_family
from orchestration.observer import Observer
from orchestration.raw_assets import FILES_LOADED, OWNERS, days_of, partitions, raw_key
from orchestration.settings import Settings

KEY = ("windows", "incidents")
BROUGHT: tuple[Family, ...] = ("ci", "deployments", "metrics", "errors", "usage")
"""Families that say what tests, deployments and production did around an incident."""
_DAYS_BEFORE = 14
"""The window of thresholds.csv (incident_window_days) with room: what is brought too much does no harm."""
_LONGEST = 31
"""Days of an incident that is not over, or lasts longer, for which something is brought."""


@dataclass
class Brought:
    """What came of it."""

    incidents: int = 0
    days: int = 0
    files: int = 0
    failures: list[str] = field(default_factory=list)
    """Interfaces that could not be asked, each with the reason."""
    warnings: list[str] = field(default_factory=list)


def bring(settings: Settings, folders: Days) -> Brought:
    """Fetch and load what is missing around the incidents that those inbox folders tell of."""
    found = Brought()
    today = days_until_today(settings.first_day, settings.reporting_zone)
    wanted = {
        day
        for window in _windows(settings, folders, found)
        for day in _days(window)
        if day in today
    }
    found.days = len(wanted)
    spans = spans_of(wanted)
    for api in apis.all_apis():
        if sources.get(api.source).family not in BROUGHT or not settings.entries(api.settings):
            continue
        for span in spans:
            # Between two windows lie days that nobody needs.
            for asked in spans_of(set(days_missing(settings, api, span)) & wanted):
                try:
                    land(settings, api, asked)
                except FetchError as problem:
                    found.failures += [f"{api.name}: {said}" for said in problem.said]
    for family in BROUGHT:
        for span in spans:
            report = load_family(settings, family, span)
            found.files += report.loaded
            found.warnings += report.warnings
    return found


def incident_windows(settings: Settings, observer: Observer) -> dg.AssetsDefinition:
    """The asset: a partition is the inbox folders of a day, a backfill does it for all past incidents."""

    @dg.asset(
        key=list(KEY),
        group_name="incident_windows",
        deps=[raw_key(Incident.TABLE), raw_key(Issue.TABLE)],
        description="What the days around incidents need, fetched and loaded, before they are judged.",
        kinds={"python"},
        owners=OWNERS,
        partitions_def=partitions(settings),
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def windows(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        days = days_of(context)
        there = incident_news.folders(settings, days)
        found = bring(settings, days)
        for said in (*(f"not fetched: {failure}" for failure in found.failures), *found.warnings):
            context.log.warning(said)
        observer.warnings += [f"could not be fetched: {failure}" for failure in found.failures]
        if not found.failures:
            incident_news.mark_done(settings, there)
        return dg.MaterializeResult(
            metadata={
                "incidents": found.incidents,
                "days": found.days,
                FILES_LOADED: found.files,
                "not_fetched": "; ".join(found.failures) or "nothing",
            }
        )

    return windows


def _windows(settings: Settings, folders: Days, found: Brought) -> Iterator[Days]:
    today = days_until_today(settings.first_day, settings.reporting_zone).last
    for begun, over in _times(settings, folders):
        found.incidents += 1
        last = min(over.date() if over else today, begun.date() + timedelta(days=_LONGEST))
        yield Days(begun.date() - timedelta(days=_DAYS_BEFORE), last + timedelta(days=1))


def _times(settings: Settings, folders: Days) -> list[tuple[datetime, datetime | None]]:
    """Beginning and end of each version of an incident that files of those folders tell of."""
    lake = Lake(settings.paths.lake)
    names = [s.name for family in incident_news.FAMILIES for s in sources.of_family(family)]
    files = [entry.file_id for entry in lake.ledger(names, folders).values()]
    with lake.frozen(), duckdb.connect() as memory:
        memory.execute("set TimeZone = 'UTC'")
        memory.execute(
            "create table types as select unnest(?) as type", [_incident_types(settings)]
        )
        memory.execute("create table files as select unnest(?) as file_id", [files])
        return memory.execute(
            "select coalesce(started_at, detected_at), resolved_at from read_parquet(?)"
            " where _file in (from files) and coalesce(started_at, detected_at) is not null"
            " union all select created_at, resolved_at from read_parquet(?)"
            " where _file in (from files) and lower(type) in (from types) and created_at is not null",
            [str(lake.root / table / "*" / "*.parquet") for table in (Incident.TABLE, Issue.TABLE)],
        ).fetchall()


def _incident_types(settings: Settings) -> list[str]:
    """Types of issues that a seed calls incidents, whatever the tracker; none in a project without that seed."""
    place = settings.paths.dbt / "seeds" / "issue_types.csv"
    if not place.is_file():
        return []
    with place.open(encoding="utf-8") as seed:
        return [row["type"].lower() for row in csv.DictReader(seed) if row["kind"] == "incident"]


def _days(window: Days) -> Iterator[date]:
    for number in range((window.last - window.first).days + 1):
        yield window.first + timedelta(days=number)
