"""What is planted, as typed data; days are counted back from the last day of the demo."""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from gapsight.demo.world import Table


class Flaky(Table, frozen=True, kw_only=True):
    """A test that fails by chance in a share of its first attempts."""

    test: str
    rate: float
    cause: str


class Regression(Table, frozen=True, kw_only=True, rename={"start": "from"}):
    """Tests that are red in every attempt from one commit until another; never fixed: still red."""

    tests: tuple[str, ...]
    start: int
    fixed: int = -1
    environment: str = ""
    message: str


class Noisy(Table, frozen=True, kw_only=True):
    """An outage of the CI machines: the last merge run of the repository up to that day."""

    repo: str
    day: int


class Missing(Table, frozen=True, kw_only=True):
    """A run that promised a suite whose report never came."""

    repo: str
    day: int
    suite: str


class PlantedIncident(Table, frozen=True, kw_only=True):
    """An incident and the tests that began to fail in the week before it."""

    day: int
    component: str
    failure_mode: str
    severity: str
    title: str
    minutes: int
    warned_by: tuple[str, ...] = ()


class PlantedGap(Table, frozen=True, kw_only=True):
    """A gap the pipeline must find once it has that many days of data."""

    flow: str
    type: str
    needs_days: int = 1


class PlantedTicket(Table, frozen=True, kw_only=True):
    """An issue of the tracker that is a ticket of a gap."""

    flow: str
    type: str
    platform: str
    """Where most use the flow: it stands in the title."""
    day: int
    done: int = -1
    """Day it was resolved on; still open by default."""
    is_labelled: bool = False
    """It carries the id of its gap; else its title alone tells whose it is."""
    state: str
    """What the pipeline must say of it."""


class Secrets(Table, frozen=True, kw_only=True):
    """Texts with something personal or secret in them, by the place they are put into."""

    queries: tuple[str, ...]
    paths: tuple[str, ...]
    messages: tuple[str, ...]
    titles: tuple[str, ...]
    needles: tuple[str, ...]
    """The parts of those texts that must be found nowhere behind the inbox."""


class Planted(Table, frozen=True, kw_only=True):
    """Everything that is planted."""

    flaky: tuple[Flaky, ...]
    regression: tuple[Regression, ...]
    noisy: tuple[Noisy, ...]
    missing: tuple[Missing, ...]
    incident: tuple[PlantedIncident, ...]
    gap: tuple[PlantedGap, ...]
    ticket: tuple[PlantedTicket, ...]
    secrets: Secrets


@cache
def planted() -> Planted:
    """Return what is planted, read once."""
    text = files(__package__).joinpath("planted.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Planted)
