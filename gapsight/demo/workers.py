"""Shares the days of a demo among processes.

Plain child processes with JSON between them: `multiprocessing` would run the caller's own program
again (spawn) or copy a process that has threads (fork), such as a progress bar's.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import cycle
from pathlib import Path

import msgspec

from gapsight.demo.days import DayFacts, Job, write_day

_WORKERS = 2
_ROOT = Path(__file__).parents[2]


class Order(msgspec.Struct, frozen=True):
    """What one worker is to write."""

    job: Job
    days: list[date]


def shared(job: Job, days: Sequence[date]) -> Iterator[DayFacts]:
    """Write the days in two processes and yield what each tells, in the order of the days."""
    workers = [_start(Order(job, list(days[number::_WORKERS]))) for number in range(_WORKERS)]
    try:
        for worker, _ in zip(cycle(workers), days, strict=False):
            line = worker.stdout.readline() if worker.stdout else b""
            if not line:
                worker.wait()
                raise RuntimeError(f"a demo process ended early, with code {worker.returncode}")
            yield msgspec.json.decode(line, type=DayFacts)
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()


def _start(order: Order) -> subprocess.Popen[bytes]:
    worker = subprocess.Popen(
        [sys.executable, "-c", "from gapsight.demo.workers import work; work()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=_ROOT,
    )
    if worker.stdin:
        worker.stdin.write(msgspec.json.encode(order))
        worker.stdin.close()
        worker.stdin = None
    return worker


def work() -> None:
    """Write the days of the order on standard input, one line of facts for each."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    for day in order.days:
        sys.stdout.buffer.write(msgspec.json.encode(write_day(order.job, day)) + b"\n")
        sys.stdout.buffer.flush()
