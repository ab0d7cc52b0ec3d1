"""Why an entry could not be fetched last, kept until it can: a run's history says only that it failed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ingest.apis import Api
from orchestration.lake import Lake
from orchestration.landing import FetchError, in_a_line
from orchestration.settings import Settings


class Failure(NamedTuple):
    """One failed fetch; its words carry no credentials."""

    at: datetime
    error: str


@contextmanager
def noting(settings: Settings, api: Api) -> Iterator[None]:
    """Remember why entries of a `land` inside fail, and forget it of those that go well."""
    lake, name = Lake(settings.paths.lake), _name(api)
    try:
        yield
    except FetchError as problem:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        failed = {entry: [at, in_a_line(error)] for entry, error in problem.failures.items()}
        lake.remember(name, failed)
        raise
    if lake.remembered(name):
        lake.remember(name, {})


def last_failure(settings: Settings, api: Api, entry: Mapping[str, Any]) -> Failure | None:
    """What the last fetch of an entry failed with; None if it went well."""
    try:
        at, error = Lake(settings.paths.lake).remembered(_name(api))[str(entry["name"])]
        return Failure(datetime.fromisoformat(at), error)
    except (KeyError, ValueError):
        return None


def _name(api: Api) -> str:
    return f"fetch-failed-{api.name}"
