"""Two workspaces with the same inbox, one that is killed and one that never is, and who reads them."""

import json
import threading
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Self

import duckdb

from orchestration.settings import Settings
from tests.pipeline.conftest import new_workspace, put


@dataclass
class Shops:
    """A workspace that is killed, and one that is never disturbed, with the same inbox."""

    killed: Settings
    calm: Settings
    files: int
    """Files of each drop."""
    ids: set[str] = field(default_factory=set)
    rows: set[int] = field(default_factory=set)
    """How many incidents each publication had."""

    @classmethod
    def below(cls, folder: Path, files: int) -> "Shops":
        return cls(new_workspace(folder / "killed"), new_workspace(folder / "calm"), files)

    def drop(self, number: int) -> None:
        """Put the next files into both inboxes: some days, several files each."""
        self.ids |= {f"{letter}-{number}-{n}" for letter in "IJ" for n in range(self.files)}
        for settings in (self.killed, self.calm):
            for n in range(self.files):
                day = date(2026, 6, 1) + timedelta(days=(number + n) % 30)
                put(settings, f"{number}-{n}.json", f"I-{number}-{n}", f"J-{number}-{n}", day=day)


def marts(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """Every published table but _meta."""
    with duckdb.connect(str(settings.paths.marts), read_only=True) as published:
        names = published.execute("select table_name from duckdb_tables() order by 1").fetchall()
        return {
            name: published.execute(f"select * from {name} order by all").fetchall()
            for (name,) in names
            if name != "_meta"
        }


def tree(settings: Settings) -> set[str]:
    """Names of all files that outlive a run; logs and Dagster's history are kept of every run."""
    data = settings.paths.data_dir
    return {
        str(place.relative_to(data))
        for place in data.rglob("*")
        if place.is_file() and place.relative_to(data).parts[0] not in ("dagster", "logs", "dbt")
    }


def holder(lock: Path) -> int | None:
    """The process that holds a lock file."""
    if not lock.exists():
        return None
    inode = str(lock.stat().st_ino)
    for line in Path("/proc/locks").read_text().splitlines():
        _, kind, *_, pid, place, _, _ = line.split()
        if kind == "FLOCK" and place.rpartition(":")[2] == inode and "->" not in line:
            return int(pid)
    return None


def locks_held(settings: Settings) -> list[str]:
    """Lock files of a workspace that some process holds."""
    return [str(place) for place in settings.paths.data_dir.rglob("*.lock") if holder(place)]


class Reader(threading.Thread):
    """Reads what is published again and again, as analysts do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings, self.seen, self.problems = settings, set(), []
        self.ended = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.ended.set()
        self.join()

    def run(self) -> None:
        while not self.ended.is_set():
            try:
                tables = marts(self.settings)
                rows = (len(tables["fct_incidents"]), len(tables["fct_top_gaps"]))
                self.seen.add((len(tables), *rows))
                json.loads((self.settings.paths.published / "summary.json").read_text())
            except Exception as error:  # noqa: BLE001 - whatever a reader meets is the finding
                self.problems.append(repr(error))
            time.sleep(0.05)

    def saw_only_whole(self, tables: int) -> bool:
        """Whether every table was there each time, and of one publication."""
        assert not self.problems, self.problems
        return all(count == tables and rows == same for count, rows, same in self.seen)
