"""Why an interface could not be fetched last, kept until it can: a run's history says only that it failed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

from ingest.apis import Api, ApiError
from orchestration.lake import Lake
from orchestration.landing import Landing
from orchestration.settings import ConfigError, Settings


class Failure(NamedTuple):
    """One failed fetch; its words carry no credentials."""

    entry: str
    """Name of the entry at which it stopped: those after it were not asked."""
    at: datetime
    error: str


@contextmanager
def noting(settings: Settings, api: Api, found: Landing) -> Iterator[None]:
    """Remember what a `land` inside fails with, and forget it when one goes well."""
    lake, name = Lake(settings.paths.lake), _name(api)
    try:
        yield
    except (ApiError, ConfigError) as error:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        lake.remember(name, {"failed": [found.entry, at, str(error)]})
        raise
    if lake.remembered(name):
        lake.remember(name, {})


def last_failure(settings: Settings, api: Api) -> Failure | None:
    """What the last fetch failed with; None if it went well."""
    try:
        entry, at, error = Lake(settings.paths.lake).remembered(_name(api))["failed"]
        return Failure(entry, datetime.fromisoformat(at), error)
    except (KeyError, ValueError):
        return None


def _name(api: Api) -> str:
    return f"fetch-failed-{api.name}"
