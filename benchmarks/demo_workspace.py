"""A demo workspace in a folder of its own whose inbox fills day by day, and runs of `gapsight` on it."""

import os
import re
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks.probe import ROOT, ProbeError

LAST_DAY = date(2026, 6, 30)
_TEMPLATE = ROOT / "examples" / "shop"
_FIRST_DAY = re.compile(r'^first_day = ".*?"', re.MULTILINE)


@dataclass(frozen=True)
class Took:
    """One command, from its start to its end."""

    seconds: float
    cpu: float
    output: str

    def stages(self) -> dict[str, float]:
        """Seconds by stage, as `gapsight run` says them."""
        line = next((li for li in self.output.splitlines() if li.startswith("time ")), "")
        return {name: float(text) for name, text in re.findall(r"(\w+) ([\d.]+) s", line)}


class DemoWorkspace:
    """The example workspace with a demo of some days, of which the inbox shows those revealed so far."""

    def __init__(self, folder: Path, days: int, *more: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder / "shop"
        self.data = self.folder / "var"
        self.first = LAST_DAY - timedelta(days=days - 1)
        self._coming = folder / "coming"
        shutil.copytree(_TEMPLATE, self.folder, ignore=shutil.ignore_patterns("var"))
        place = self.folder / "gapsight.toml"
        place.write_text(_FIRST_DAY.sub(f'first_day = "{self.first}"', place.read_text()))
        self.gapsight("demo", "--days", str(days), "--until", LAST_DAY.isoformat(), *more)

    def gapsight(self, command: str, *args: str) -> Took:
        """One `gapsight` command on the workspace."""
        program = Path(sys.executable).with_name("gapsight")
        return took([str(program), command, "--workspace", str(self.folder), *args])

    def hide(self, last: int) -> list[date]:
        """Take the last days out of the inbox; they are returned, oldest first."""
        days = [LAST_DAY - timedelta(days=back) for back in reversed(range(last))]
        for day in days:
            self._move(self.data / "inbox", self._coming, day)
        return days

    def reveal(self, day: date) -> int:
        """Put a day's files into the inbox; returns their bytes."""
        self._move(self._coming, self.data / "inbox", day)
        folders = (self.data / "inbox").glob(f"*/{day}")
        return sum(size_of(folder) for folder in folders)

    @staticmethod
    def _move(source: Path, target: Path, day: date) -> None:
        for folder in sorted(source.glob(f"*/{day}")):
            place = target / folder.parent.name / folder.name
            place.parent.mkdir(parents=True, exist_ok=True)
            folder.rename(place)


def took(command: list[str], environment: dict[str, str] | None = None) -> Took:
    """Run a command to its end; ProbeError if it fails."""
    before, begun = _cpu(), time.perf_counter()
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    seconds, cpu = time.perf_counter() - begun, _cpu() - before
    if done.returncode:
        raise ProbeError(f"{' '.join(command[:2])} failed: {(done.stderr or done.stdout)[-500:]}")
    return Took(seconds, cpu, done.stdout)


def size_of(place: Path) -> int:
    """Bytes below a folder."""
    return sum(file.lstat().st_size for file in place.rglob("*") if file.is_file())


def _cpu() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime
