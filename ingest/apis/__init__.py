"""Live interfaces of vendors: each lands windows of bytes for one source.

No parsing, no clock, no environment. A landed asset needs to know nothing about a vendor: for every
entry of the API's settings section it calls `fetch` for each window, and writes what comes into the
inbox folder of `source`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib import import_module
from time import sleep
from typing import Any, BinaryIO, NamedTuple, Protocol, TypeVar
from zoneinfo import ZoneInfo

import msgspec

NAMES = (
    "git", "mixpanel", "amplitude", "datadog", "newrelic", "jira", "linear", "pagerduty",
    "statuspage", "opsgenie", "sentry", "prometheus", "database", "github_deployments",
    "github_actions",
)  # fmt: skip
"""The registry: one name per file in this folder that ends in `API = Api(...)`."""


class ApiError(RuntimeError):
    """Nothing could be fetched; the message says why and what to do, without credentials."""


class NothingThereError(ApiError):
    """The address is right for nothing: 404, which to some vendors means no data."""


class GoneError(ApiError):
    """It was there and is no more: 410, or a file that a vendor keeps for some time only."""


class TooLargeError(ApiError):
    """The answer has more bytes than the caller takes."""


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
    with_open: bool = False
    """It begins on the workspace's first day: what is still open from before belongs to that day."""
    fetched_at: datetime | None = None
    """When all of its days were last fetched; None if one never was: what changed since is news."""

    @property
    def begin(self) -> datetime:
        """The instant at which its first day begins."""
        return datetime.combine(self.first_day, time(), ZoneInfo(self.reporting_zone))

    @property
    def end(self) -> datetime:
        """The instant at which its last day is over."""
        after = self.last_day + timedelta(days=1)
        return datetime.combine(after, time(), ZoneInfo(self.reporting_zone))


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
            is_first = asked.with_open and first == asked.first_day
            yield Window(first, last, asked.reporting_zone, is_first)
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


def _nothing(_day: date, _name: str) -> BinaryIO | None:
    return None


def _never(_day: date, _name: str) -> bool:
    return False


def _unheard(_what: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Access:
    """What calls to a vendor share: a budget, how to wait (tests do not), and what came before."""

    budget: Budget = field(default_factory=_Unlimited)
    sleep: Callable[[float], None] = sleep
    held: Callable[[date, str], BinaryIO | None] = _nothing
    """The file of that day and name, as it lies in the inbox; the caller closes it."""
    loaded: Callable[[date, str], bool] = _never
    """Whether rows of a file of that day and name are loaded; it may have left the inbox since."""
    note: Callable[[str], None] = _unheard
    """Says what deserves a look and stops nothing; equal words are counted."""


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
Yields one `Landed` per day of the window, none for a day of which nothing can be known, and raises
`ApiError` rather than yield a part of a day; where each file is whole by itself, such as that of a CI
run, as many of a day as there are."""


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

    def windows_of(self, entry: Mapping[str, Any]) -> Windows:
        """The windows of one entry: its own `lag_days` hold, and days are asked for again as long."""
        lag = entry.get("lag_days")
        return replace(self.windows, lag_days=lag, days_again=lag) if lag else self.windows


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
