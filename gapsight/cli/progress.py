"""Progress of long work on standard error: bars in a terminal, a line now and then in a log."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from gapsight.cli.hostile import for_terminal
from gapsight.cli.output import console, note

_EVERY_S = 10.0
_LABEL_WIDTH = 40


class Progress(Protocol):
    """What long work reports to."""

    def stage(self, name: str, total: int | None) -> None:
        """Begin a stage of so many units; the one before has ended."""

    def advance(self, label: str) -> None:
        """Count one unit of the stage as done."""


class Lines:
    """For logs: one line per stage, and one every ten seconds."""

    def __init__(self) -> None:
        self._name = ""
        self._total: int | None = None
        self._done = 0
        self._said = time.monotonic()

    def stage(self, name: str, total: int | None) -> None:
        """Say that a stage begins."""
        self._name, self._total, self._done = name, total, 0
        self._said = time.monotonic()
        note(f"{name} ..." if total is None else f"{name} ({total:,}) ...")

    def advance(self, label: str) -> None:
        """Count, and say how far it is if nothing was said for a while."""
        self._done += 1
        if time.monotonic() - self._said >= _EVERY_S:
            self._said = time.monotonic()
            of = "" if self._total is None else f" of {self._total:,}"
            note(f"{self._name}: {self._done:,}{of}, {label}")


class Bars:
    """For terminals: one bar per stage."""

    def __init__(self, bars: RichProgress) -> None:
        self._bars = bars

    def stage(self, name: str, total: int | None) -> None:
        """Close the bar before and open one."""
        self._close()
        self._bars.add_task(name, total=total, label="")

    def advance(self, label: str) -> None:
        """Move the newest bar and show what was done last."""
        if self._bars.tasks:
            shown = for_terminal(label)[-_LABEL_WIDTH:]
            self._bars.update(self._bars.tasks[-1].id, advance=1, label=shown)

    def _close(self) -> None:
        for task in self._bars.tasks:
            total = task.total if task.total is not None else task.completed
            self._bars.update(task.id, total=total, completed=total, label="")


@contextmanager
def showing_progress() -> Iterator[Progress]:
    """Show progress while the block runs, in the way that fits where standard error goes."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    columns = (
        TextColumn("{task.description:<8}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[label]}", markup=False),
    )
    with RichProgress(*columns, console=console(stderr=True), transient=True) as bars:
        yield Bars(bars)
