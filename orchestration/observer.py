"""What a run tells whoever started it: how far it is, what it loaded, what went wrong."""

import time
from collections.abc import Sequence
from typing import Protocol

from orchestration.expiry import Expired
from orchestration.loading import LoadReport


class Progress(Protocol):
    """What the command line shows of a run; never called from two threads at once."""

    def stage(self, name: str, total: int | None) -> None:
        """A stage begins: prepare, load, build, publish; `total` steps, if that is known."""

    def advance(self, label: str) -> None:
        """One step of the stage is done: a file, a dbt node, a mart."""


class Observer:
    """Hears everything and keeps what the run's result is made of."""

    def __init__(self, progress: Progress | None = None) -> None:
        self._progress = progress
        self.loads: list[LoadReport] = []
        self.expired: list[Expired] = []
        self.warnings: list[str] = []
        self.problems: list[str] = []
        self.seconds: dict[str, float] = {}
        self._stage, self._since = "", 0.0

    def stage(self, name: str, total: int | None = None) -> None:
        """A stage begins, and the one before ends."""
        now = time.perf_counter()
        if self._stage:
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = name, now
        if self._progress and name:
            self._progress.stage(name, total)

    def advance(self, label: str) -> None:
        """Pass on that a step is done."""
        if self._progress:
            self._progress.advance(label)

    def loaded(self, report: LoadReport) -> None:
        """Keep what a family's load did."""
        self.loads.append(report)
        self.warnings += report.warnings

    def failed(self, problems: Sequence[str]) -> None:
        """Keep what went wrong, in words."""
        self.problems += problems
