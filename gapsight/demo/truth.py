"""What is known to be true of a demo: written last, so that a demo with a truth is whole."""

from datetime import date
from pathlib import Path

import msgspec

from gapsight.demo.access_logs import Counts
from gapsight.demo.output import write

VERSION = 2
"""Raised when the same seed gives other bytes: an older demo is then made again."""


class Strict(msgspec.Struct, kw_only=True, frozen=True):
    """Base of the parts of a Truth."""


class Gap(Strict, frozen=True, kw_only=True):
    """A gap that must be among the Top-N."""

    flow: str
    product: str
    gap_type: str


class TestName(Strict, frozen=True, kw_only=True):
    """A test by what its report says of it, parameters apart; None where it says nothing."""

    __test__ = False
    repo: str
    suite: str
    flow: str
    file: str | None
    class_name: str | None
    name: str
    """Of a Playwright test: its titles, joined as Playwright prints them."""
    params: str | None


class FlakyTest(Strict, frozen=True, kw_only=True):
    """A planted flaky test; shas and mixed_shas are of the last 28 days, noisy runs left out."""

    test: TestName
    rate: float
    shas: int
    mixed_shas: int
    must_be_confirmed: bool


class RedTests(Strict, frozen=True, kw_only=True):
    """A regression: tests that were red in every attempt from one commit to another."""

    tests: list[TestName]
    environment: str | None
    first_day: date
    last_day: date | None
    """Day of its last red commit; None: still red."""
    shas: list[str]


class NoisyRun(Strict, frozen=True, kw_only=True):
    """A run that an outage made red."""

    repo: str
    build: str
    sha: str
    day: date
    failed_first: int


class MissingReport(Strict, frozen=True, kw_only=True):
    """A run that promised a suite and never brought it."""

    repo: str
    build: str
    suite: str
    day: date


class KnownIncident(Strict, frozen=True, kw_only=True):
    """An incident and the tests that began to fail, not by chance, in the seven days before."""

    id: str
    day: date
    component: str
    failure_mode: str
    flows: list[str]
    warned_by: list[TestName]
    deployment: str | None
    has_history: bool
    """False where the demo has less than seven days before it."""


class KnownTicket(Strict, frozen=True, kw_only=True):
    """An issue that is a ticket of a gap, and what must be said of it."""

    key: str
    flow: str
    state: str


class FlowCoverage(Strict, frozen=True, kw_only=True):
    """Counts of a flow's components in the last report; covered and in all."""

    components: dict[str, dict[str, tuple[int, int]]]


class Truth(Strict, frozen=True, kw_only=True):
    """All of it. Paths are those inside the inbox."""

    version: int
    seed: int
    days: int
    first_day: date
    until: date
    tests: int
    gaps: list[Gap]
    flaky_tests: list[FlakyTest]
    regressions: list[RedTests]
    noisy_runs: list[NoisyRun]
    missing_reports: list[MissingReport]
    incidents: list[KnownIncident]
    tickets: list[KnownTicket]
    coverage: dict[str, FlowCoverage]
    special_flows: dict[str, str]
    unmapped_routes: dict[str, int]
    unmapped_events: dict[str, int]
    unmapped_tests: int
    traffic: dict[str, Counts]
    """Line classes of every log and event file, counted while it was written."""
    usage: dict[str, dict[date, int]]
    """Uses of a flow by reporting day, in the unit its usage is counted in."""
    releases: dict[str, str]
    """What the release verdict of a product must be: fail or pass."""
    secrets: list[str]
    """Strings that must be found nowhere behind the inbox."""


def truth_path(target: Path) -> Path:
    """Where the truth of a demo lies."""
    return target / "demo" / "truth.json"


def read_truth(target: Path) -> Truth | None:
    """Return the truth of a complete demo of this version, else None."""
    try:
        truth = msgspec.json.decode(truth_path(target).read_bytes(), type=Truth)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return truth if truth.version == VERSION else None


def write_truth(target: Path, truth: Truth) -> None:
    """Write the last file of a demo."""
    write(truth_path(target), msgspec.json.format(msgspec.json.encode(truth), indent=1) + b"\n")
