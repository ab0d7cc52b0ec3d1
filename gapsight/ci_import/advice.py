"""What of an import a run will not count, said before it."""

from collections.abc import Iterator
from datetime import date

from gapsight.ci_import.landing import Bundle
from gapsight.onboarding.advice import not_loaded, unknown_use
from ingest import sources
from orchestration.inbox import list_units
from orchestration.settings import Settings


def of_no_use(bundles: list[Bundle], settings: Settings, today: date) -> Iterator[str]:
    """Runs on days that are not loaded, and runs whose assumed day would leave use unknown."""
    yield from not_loaded([bundle.day for bundle in bundles], settings.first_day, today)
    assumed = max((bundle.day for bundle in bundles if bundle.is_day_assumed), default=None)
    used = max(_usage_days(settings), default=None)
    if assumed and used and (why := unknown_use(used, assumed, seeds=settings.paths.seeds)):
        yield (
            f"use is known until {used}, the newest run is put on {assumed} by the age of its files:"
            f" {why}; use {{date}} in the pattern, or bring a log of the same days"
        )


def _usage_days(settings: Settings) -> Iterator[date]:
    """Days of the folders that hold logs and exports."""
    for source in sources.of_family("usage"):
        yield from (unit.day for unit in list_units(settings.paths.inbox, source.name))
