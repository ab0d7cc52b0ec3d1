"""Tells a retry from a second test of the same name, in one report.

Reports repeat a test case for two reasons: the runner tried again after a failure, or several tests
share a name (parameters that are not in it). The rule: cases of the same names are attempts of
one test if all but the last failed and the last ran; a runner does not repeat what has passed.
Else each is an occurrence of its own. A pair that failed, then passed reads as a retry either way:
only a third case of the name, or an occurrence 2 in other runs, shows that two tests were meant.
"""

from collections.abc import Hashable, Iterator

from ingest.records import TestAttempt

NAMES_KEPT = 100_000
FAILURES_KEPT = 10_000
FAILING = frozenset(("failed", "error"))


class Repeats:
    """Numbers attempts and occurrences while rows stream by; memory is bounded.

    Only cases that failed are held back, until the end of the report: a first case that passed is
    final at once.
    """

    def __init__(self) -> None:
        self._seen: dict[Hashable, int] = {}
        self._held: dict[Hashable, list[list[TestAttempt]]] = {}
        self.forgot = False
        """More names than are kept: repetitions further apart than that were not recognised."""

    def is_new(self, key: Hashable) -> bool:
        """True, and noted, for a key that was not there before."""
        if key in self._seen:
            return False
        self._seen[key] = 1
        return True

    def place(self, key: Hashable, rows: list[TestAttempt]) -> list[TestAttempt]:
        """Rows of one test case, attempts in order; gives back those that are final now."""
        held = self._held.get(key)
        if held is not None:
            held.append(rows)
            return []
        if self.is_new(key):
            if rows[-1].status not in FAILING:
                return rows
            self._held[key] = [rows]
            return []
        self._seen[key] += 1
        return _numbered(rows, self._seen[key])

    def trim(self) -> Iterator[TestAttempt]:
        """Called now and then: lets go of what is beyond the limits."""
        if len(self._seen) > NAMES_KEPT:
            self.forgot = True
            yield from self.rest()
            self._seen.clear()
        elif len(self._held) > FAILURES_KEPT:
            yield from self.rest()

    def rest(self) -> Iterator[TestAttempt]:
        """The rows held back, in the order in which their names came first."""
        for key, cases in self._held.items():
            self._seen[key] = len(cases)
            yield from _resolved(cases)
        self._held.clear()


def _resolved(cases: list[list[TestAttempt]]) -> Iterator[TestAttempt]:
    retried = all(rows[-1].status in FAILING for rows in cases[:-1])
    if retried and cases[-1][-1].status != "skipped":
        rows = [row for case in cases for row in case]
        for attempt, row in enumerate(rows, 1):
            row.attempt = attempt
        yield from rows
        return
    for occurrence, case in enumerate(cases, 1):
        yield from _numbered(case, occurrence)


def _numbered(rows: list[TestAttempt], occurrence: int) -> list[TestAttempt]:
    for row in rows:
        row.occurrence = occurrence
    return rows
