"""How much memory a parser takes for one file, in a process of its own."""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

# The peak of getrusage is that of the parent process, if that was larger.
_COUNT = """
import datetime as dt, re, sys
from ingest import sources
from ingest.source import Context
with open(sys.argv[2], "rb") as stream:
    found = sources.get(sys.argv[1]).parse(stream, Context(folder_day=dt.date(2026, 6, 30)))
    items = sum(1 for _ in found)
with open("/proc/self/status") as status:
    print(items, int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read())[1]) // 1024)
"""


class Read(NamedTuple):
    """Rows, rejects and warnings of a file, and the peak of the process that read it in MB."""

    items: int
    peak: int


def read_alone(source: str, file: Path) -> Read:
    """Reads a file with the named source's parser, keeping nothing."""
    done = subprocess.run(
        [sys.executable, "-c", _COUNT, source, str(file)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    return Read(*map(int, done.stdout.split()))
