"""One measurement in a process of its own, so that neither its memory nor its imports are another's.

What is measured is named `module:function`; the function prepares (imports, opens) and returns the work.
"""

import json
import os
import re
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
EXTRA = ROOT / ".tools" / "bench"
"""Packages that only a reference needs (`benchmarks/requirements.txt`)."""
_EVERY_SECONDS = 0.05
_LONG_SECONDS = 40.0


class ProbeError(Exception):
    """A measurement that ended without a result."""


@dataclass(frozen=True)
class Probe:
    """What one process took, its children included."""

    seconds: float
    cpu: float
    peak_mb: float
    """At most: the peaks of all processes that lived at one time, added up."""
    whole_seconds: float
    """From the start of the process to its end."""
    result: Any


def probe(target: str, *args: object) -> Probe:
    """Measure `module:function` with those arguments (as text)."""
    command = [sys.executable, "-m", "benchmarks.probe", target, *map(str, args)]
    return measured(command)


def measured(command: list[str]) -> Probe:
    """Run a command that prints a measurement as its last line."""
    path = os.pathsep.join(filter(None, (str(EXTRA), os.environ.get("PYTHONPATH"))))
    begun = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as process:
        watch = _Watch(process.pid)
        out, errors = process.communicate()
        whole = time.perf_counter() - begun
        peak = watch.stop()
    if process.returncode:
        last = (errors.strip().splitlines() or ["no message"])[-1]
        raise ProbeError(f"{command[3]} ended with {process.returncode}: {last}")
    found = json.loads(out.strip().splitlines()[-1])
    return Probe(
        found["seconds"], found["cpu"], max(found["peak_mb"], peak), whole, found["result"]
    )


def repeated(once: Callable[[], Probe], times: int = 3) -> list[Probe]:
    """Several measurements; a single one if it takes long."""
    found = [once()]
    while len(found) < times and found[0].seconds < _LONG_SECONDS:
        found.append(once())
    return found


def side_by_side(
    ours: Callable[[], Probe], reference: Callable[[], Probe], times: int = 3
) -> list[tuple[Probe, Probe]]:
    """Both by turns, so that whatever else the machine does hits both."""
    found = [(ours(), reference())]
    while len(found) < times and max(one.seconds for one in found[0]) < _LONG_SECONDS:
        found.append((ours(), reference()))
    return found


def middle(values: Iterator[float] | list[float]) -> float:
    """The median."""
    return float(median(values))


class _Watch:
    """The peaks of a process and its children, looked at while they live."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        self._over.set()
        self._thread.join()
        return self._peak / 1024

    def _look(self) -> None:
        while not self._over.wait(_EVERY_SECONDS):
            self._peak = max(self._peak, sum(map(_peak_kb, _family(self._pid))))


def _family(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _family(int(child))


def _peak_kb(pid: int) -> int:
    with suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) if found else 0
    return 0


def _cpu() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def main() -> None:
    """Do the work named on the command line and print what it took."""
    module, _, function = sys.argv[1].partition(":")
    work: Callable[[], object] = getattr(import_module(module), function)(*sys.argv[2:])
    cpu, begun = _cpu(), time.perf_counter()
    result = work()
    seconds, spent = time.perf_counter() - begun, _cpu() - cpu
    facts = {"seconds": seconds, "cpu": spent, "peak_mb": _peak_kb(os.getpid()) / 1024}
    print(json.dumps({**facts, "result": result}))


if __name__ == "__main__":
    main()
