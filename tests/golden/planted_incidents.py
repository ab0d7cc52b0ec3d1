"""A year of test failures and incidents with a known truth, correlated by the real models.

As in the simulation of scores.md section 3: 600 tests in 30 components, 365 days, 6 % of the tests truly warn of
incidents of their failure mode (six times of ten), 10 % are flaky, 2 % are always red. The rates below that it does
not name (how often a sound test breaks, how often a flaky one fails) are those that give what it found: nine of ten
weeks without an incident see some failure in a component, and of the tests that failed before any incident of their
component, the common rule, one of seven truly warns.
"""

import csv
import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from tests.golden.groups import GROUPS
from tests.golden.harness import Bench, build_group

INCIDENTS = next(group for group in GROUPS if group.name == "incidents")
COMPONENTS, TESTS, DAYS = 30, 600, 365
FIRST = date(2025, 7, 1)
MODES = ("timeout", "declined", "stale")
LOAD_BEARING, FLAKY, ALWAYS_RED = 0.06, 0.10, 0.02
SENSITIVITY = 0.6
BREAKS_A_DAY, UNEVEN, RED_DAYS, FLAKES_A_DAY = 0.012, 2.0, 3, 0.06


@dataclass(frozen=True)
class Year:
    """What happened, and which tests truly warn."""

    tests: list[dict[str, str]]
    incidents: list[dict[str, str]]
    failures: list[dict[str, str]]
    truth: frozenset[str]

    def shuffled(self, rng: random.Random) -> "Year":
        """The same incidents on other days: nothing warns of them."""
        moved = [{**one, "detected": str(_day(rng.randrange(DAYS)))} for one in self.incidents]
        return Year(self.tests, moved, self.failures, frozenset())


@dataclass(frozen=True)
class Found:
    """What the models say of a year."""

    confirmed: frozenset[str]
    shown: frozenset[str]
    """Candidates and confirmed ones."""
    naive: frozenset[str]
    """Those that failed in the week before any incident of their component, as the common rule has it."""
    compared: int
    mean_lift: float
    """Hits of all tests over those that their base rates make expect."""
    predicted: float
    predicted_left_out: float
    """The same, each incident left out of what shows which tests warn of it."""


def year(rng: random.Random, incidents_a_component: float) -> Year:
    """A year with so many incidents in each component."""
    tests = [
        {
            "test_id": f"t{n:03}",
            "component": f"c{n % COMPONENTS:02}",
            "failure_mode": rng.choice(MODES),
        }
        for n in range(TESTS)
    ]
    kinds = {test["test_id"]: rng.random() for test in tests}
    truth = frozenset(name for name, kind in kinds.items() if kind < LOAD_BEARING)
    red = {name: set[int]() for name in kinds}
    mixed = {name: set[int]() for name in kinds}
    for name, kind in kinds.items():
        if kind >= 1 - ALWAYS_RED:
            red[name] = set(range(DAYS))
        elif kind >= 1 - ALWAYS_RED - FLAKY:
            mixed[name] = {day for day in range(DAYS) if rng.random() < FLAKES_A_DAY}
        # Few tests break often, most hardly ever: lognormal, as failure rates of real suites are.
        breaks = BREAKS_A_DAY * rng.lognormvariate(-(UNEVEN**2) / 2, UNEVEN)
        for day in range(DAYS):
            if rng.random() < breaks:
                red[name] |= set(range(day, min(DAYS, day + rng.randint(1, RED_DAYS))))
    incidents = []
    for number in range(round(COMPONENTS * incidents_a_component)):
        component, mode = f"c{number % COMPONENTS:02}", rng.choice(MODES)
        day = rng.randrange(8, DAYS)
        incidents.append(
            {
                "incident_id": f"I{number}",
                "component": component,
                "failure_mode": mode,
                "detected": str(_day(day)),
            }
        )
        for test in tests:
            warns = (test["component"], test["failure_mode"]) == (component, mode)
            if warns and test["test_id"] in truth and rng.random() < SENSITIVITY:
                begins = day - rng.randint(1, 7)
                red[test["test_id"]] |= set(range(begins, day))
    failures = [
        {"test_id": name, "date": str(_day(day)), "same_sha_mix": str(day not in red[name]).lower()}
        for name in kinds
        for day in sorted(red[name] | mixed[name])
    ]
    return Year(tests, incidents, failures, truth)


def correlated(bench: Bench, folder: Path, known: Year) -> Found:
    """Build the models of incidents on a year."""
    folder.mkdir(parents=True)
    _write(folder / "incident_tests.csv", known.tests)
    _write(folder / "incidents.csv", known.incidents)
    _write(folder / "incident_failures.csv", known.failures)
    last = _day(DAYS - 1)
    span = {"observed_from": FIRST, "observed_to": last, "as_of": last}
    rows = [{"group": "incidents", "name": n, "value": str(v)} for n, v in span.items()]
    _write(folder / "params.csv", rows)
    warehouse = build_group(bench, INCIDENTS, folder, INCIDENTS.expected)
    with duckdb.connect(str(warehouse), read_only=True) as built:
        told = built.execute(
            "select test_id, status, hits, incidents * base_rate from marts.fct_load_bearing"
        ).fetchall()
        failed = built.execute(
            "select distinct test_id from intermediate.int_incidents__windowed where has_failed"
        ).fetchall()
        rates = dict(
            built.execute("select metric, value from marts.rpt_feedback_metrics").fetchall()
        )
    expected = sum(chance for *_, chance in told)
    return Found(
        frozenset(name for name, status, *_ in told if status == "confirmed"),
        frozenset(name for name, status, *_ in told if status in ("confirmed", "candidate")),
        frozenset(name for (name,) in failed),
        sum(chance > 0 for *_, chance in told),
        sum(hits for _, _, hits, _ in told) / expected,
        rates["prediction_rate"],
        rates["prediction_rate_leave_one_out"],
    )


def _day(number: int) -> date:
    return FIRST + timedelta(days=number)


def _write(place: Path, rows: list[dict[str, str]]) -> None:
    with place.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
