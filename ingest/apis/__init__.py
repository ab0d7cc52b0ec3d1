"""Live interfaces of vendors: each lands windows of bytes for one source.

No parsing, no clock, no environment. A landed asset needs to know nothing about a vendor: for every
entry of the API's settings section it calls `fetch` for each window, and writes what comes into the
inbox folder of `source`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

NAMES = ("git",)
"""The registry: one name per file in this folder that ends in `API = Api(...)`."""


class ApiError(RuntimeError):
    """Nothing could be fetched; the message says why and what to do, without credentials."""


class Landed(NamedTuple):
    """One whole inbox file: `inbox/<source>/<day>/<name>`; it replaces one of that name."""

    day: date
    name: str
    content: bytes


@dataclass(frozen=True)
class Window:
    """Days of one call, both included, as days of the workspace's reporting zone."""

    first_day: date
    last_day: date
    reporting_zone: str = "UTC"


@dataclass(frozen=True)
class Windows:
    """How a range of days is asked for."""

    days_again: int
    """Days before the newest one that are asked for again each night: they may still change."""
    days_per_call: int
    """Longest window of one call."""

    def split(self, asked: Window) -> Iterator[Window]:
        """Cut a range into windows of at most `days_per_call` days, oldest first."""
        first = asked.first_day
        while first <= asked.last_day:
            last = min(first + timedelta(days=self.days_per_call - 1), asked.last_day)
            yield Window(first, last, asked.reporting_zone)
            first = last + timedelta(days=1)


Fetch = Callable[[Mapping[str, Any], Window], Iterator[Landed]]
"""Gets one entry of the settings section (paths absolute, credentials filled in) and one window.

Yields one `Landed` per day of the window; raises `ApiError` rather than yield a part of a day."""


@dataclass(frozen=True)
class Api:
    """One live interface: what it is called, which source reads its bytes, and how it is asked."""

    name: str
    source: str
    """Name of the source whose inbox folder it fills."""
    settings: str
    """Section of gapsight.toml with its entries: `repos` for `[[repos]]`."""
    windows: Windows
    fetch: Fetch


@cache
def get(name: str) -> Api:
    """Return the API of that name; KeyError names the ones there are."""
    if name not in NAMES:
        raise KeyError(f"unknown api '{name}'; there are: {', '.join(NAMES)}")
    api: Api = import_module(f"ingest.apis.{name}").API
    return api


def all_apis() -> tuple[Api, ...]:
    """Return every API, in registry order."""
    return tuple(get(name) for name in NAMES)
