"""Live interfaces of vendors: each lands windows of bytes for one source.

No parsing, no clock, no environment. A landed asset needs to know nothing about a vendor: for every
entry of the API's settings section it calls `fetch` for each window, and writes what comes into the
inbox folder of `source`.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib import import_module
from typing import Any, BinaryIO, NamedTuple, Protocol, TypeVar

import msgspec

NAMES = ("git", "mixpanel", "amplitude", "jira", "prometheus")
"""The registry: one name per file in this folder that ends in `API = Api(...)`."""


class ApiError(RuntimeError):
    """Nothing could be fetched; the message says why and what to do, without credentials."""


class NothingThereError(ApiError):
    """The address is right for nothing: 404, which to some vendors means no data."""


class Landed(NamedTuple):
    """One whole inbox file: `inbox/<source>/<day>/<name>`; it replaces one of that name."""

    day: date
    name: str
    content: bytes | BinaryIO
    """A stream is read from where it stands, before the next file is asked for."""


@dataclass(frozen=True)
class Window:
    """Days of one call, both included, as days of the workspace's reporting zone."""

    first_day: date
    last_day: date
    reporting_zone: str = "UTC"


@dataclass(frozen=True)
class Windows:
    """Which days are asked for, and how."""

    days_again: int
    """A day is asked for again until so many days have passed since: it may still change."""
    days_per_call: int
    """Longest window of one call."""
    fresh_hours: float = 0
    """A day that may still change is left alone so long: what was broken off goes on where it was."""
    lag_days: int = 0
    """Days before today that are not whole yet and so not asked for."""
    follows_inbox: bool = False
    """Asked for up to the newest file of the other sources: what it holds explains them."""

    def split(self, asked: Window) -> Iterator[Window]:
        """Cut a range into windows of at most `days_per_call` days, oldest first."""
        first = asked.first_day
        while first <= asked.last_day:
            last = min(first + timedelta(days=self.days_per_call - 1), asked.last_day)
            yield Window(first, last, asked.reporting_zone)
            first = last + timedelta(days=1)


class Rate(NamedTuple):
    """Most requests in any stretch of so many seconds."""

    requests: int
    seconds: int


class Budget(Protocol):
    """How many requests a vendor allows; it outlives the process."""

    def spend(self) -> None:
        """Count one request; ApiError, and nothing is counted, if none is left."""


class _Unlimited:
    def spend(self) -> None:
        """Allow it."""


@dataclass(frozen=True)
class Access:
    """What calls to a vendor share: a budget, and how to wait (tests do not)."""

    budget: Budget = field(default_factory=_Unlimited)
    sleep: Callable[[float], None] = time.sleep


class Question(NamedTuple):
    """The cheapest that can be asked of a vendor: it costs none of the requests that fetching needs.

    With `auth` or `headers` it also tells whether the credentials are taken; without those and
    without `params` it is a knock at the door: any answer will do.
    """

    url: str
    auth: tuple[str, str] | None = None
    headers: Mapping[str, str] | None = None
    params: Mapping[str, str] | None = None
    advice: str = "check the credentials"
    """What helps when the credentials are refused; it names variables, no values."""


Fetch = Callable[[Mapping[str, Any], Window, Access], Iterator[Landed]]
"""Gets one entry of the settings section and one window.

In the entry paths are absolute, and each `<word>_env` has the variable's value beside it as `<word>`.
Yields one `Landed` per day of the window; raises `ApiError` rather than yield a part of a day."""


@dataclass(frozen=True)
class Api:
    """One live interface: what it is called, which source reads its bytes, and how it is asked."""

    name: str
    source: str
    """Name of the source whose inbox folder it fills."""
    settings: str
    """Section of gapsight.toml with its entries: `repos` for `[[repos]]`, `fetch.jira`."""
    windows: Windows
    fetch: Fetch
    options: type[msgspec.Struct] | None = None
    """Shape of an entry of `[[fetch.<name>]]`."""
    rate: Rate | None = None
    state: Callable[[Mapping[str, Any]], str] | None = None
    """What all answers of an entry depend on, cheap to ask: while it stays, nothing can have changed.

    When it does change, the days up to `days_again` before the newest one are asked for again."""
    probe: Callable[[Mapping[str, Any]], Question] | None = None
    """How `gapsight doctor` asks whether an entry (as `fetch` gets it) can be reached; without one it
    knocks at the entry's `base_url`."""


_Account = TypeVar("_Account", bound=msgspec.Struct)


def account_of(entry: Mapping[str, Any], shape: type[_Account]) -> _Account:
    """The entry as its `options` shape, without the values of its variables."""
    fields = {name: entry[name] for name in shape.__struct_fields__ if name in entry}
    return msgspec.convert(fields, shape)


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
