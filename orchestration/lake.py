"""The lake: typed parts, the ledger, and how both change without ever being seen half changed.

`<lake>/<table>/day=<day>/<source>--<file id>.parquet`, where the rows of `loads` are the ledger. A
commit is first written to a journal: whoever comes next finishes one that was killed half way.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import NamedTuple

import msgspec

from ingest.records import TABLES, Load, Record
from orchestration.days import Days
from orchestration.parts import columns_of

SCHEMA_DAY = "day=1970-01-01"
_DAY = re.compile(r"day=\d{4}-\d\d-\d\d")
_MAGIC = b"PAR1"


class Group(NamedTuple):
    """What of a table may lie in one file."""

    table: str
    day: date
    source: str


class Entry(msgspec.Struct, frozen=True):
    """A ledger row as the next load needs it."""

    file_id: str
    source: str
    day: date
    path: str
    fingerprint: str
    parser_version: int
    settings_hash: str
    records_read: int
    rejected: int
    parts: dict[str, list[date]]
    removed_on: date | None = None
    """The day on which the retention took the file out of the inbox."""

    def groups(self) -> Iterator[Group]:
        """Every table and day that the file has rows in, the ledger itself left out."""
        for table, days in self.parts.items():
            for day in days:
                yield Group(table, day, self.source)


class _Journal(msgspec.Struct):
    """Paths inside the lake: temporary ones to their names, and what is replaced by nothing."""

    moves: list[tuple[str, str]]
    removes: list[str]


class Lake:
    """The lake below one folder."""

    def __init__(self, root: Path) -> None:
        """Nothing is touched before the first call."""
        self.root = root
        self.state = root / "_state"
        self._journal = self.state / "journal.json"
        self.torn_ledger: list[Path] = []
        """Parts of the ledger that were found damaged when it was read last."""

    def part(self, group: Group, file_id: str) -> Path:
        """Where the rows of one inbox file in one table and day lie, unless they are packed."""
        folder = self.root / group.table / f"day={group.day}"
        return folder / f"{group.source}--{file_id}.parquet"

    def pack(self, group: Group) -> Path:
        """Where the rows of many small inbox files lie together."""
        return self.part(group, "packed")

    def parts(self, group: Group) -> list[Path]:
        """Every part of a group, the pack included."""
        return list(self.pack(group).parent.glob(f"{group.source}--*.parquet"))

    @contextmanager
    def loading(self, family: str) -> Iterator[Path]:
        """Hold the family alone, everything before finished; gives an empty folder for its parts."""
        with self._locked(family, fcntl.LOCK_EX):
            with self._locked("lake", fcntl.LOCK_EX):
                self._finish_journal()
                self._ensure_schemas()
            folder = self.state / "tmp" / family
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            yield folder
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Keep every loader from changing what is seen, for as long as somebody reads all of it."""
        while True:
            with self._locked("lake", fcntl.LOCK_EX):
                self._finish_journal()
                self._ensure_schemas()
            with self._locked("lake", fcntl.LOCK_SH):
                if not self._journal.exists():  # no loader died between the two locks
                    yield
                    return

    def ledger(self, sources: Collection[str], days: Days | None = None) -> dict[str, Entry]:
        """Ledger rows of the sources' files in folders of those days, by file id."""
        places = list(self._ledger_parts(sources, days))
        whole = {place for place in places if is_whole(place)}
        sound = [str(place) for place in places if place in whole]
        self.torn_ledger = [place for place in places if place not in whole]
        if not sound:
            return {}
        import duckdb

        names = [name for name in Entry.__struct_fields__ if name not in {"file_id", "parts"}]
        columns = ", ".join(("_file", "parts_json", *names))
        with duckdb.connect() as memory:
            rows = memory.execute(
                # By name: parts of before the last upgrade lack the newest columns.
                f"select {columns} from ((select null::date as removed_on limit 0) union all by name"  # noqa: S608
                " (select * from read_parquet(?, hive_types = {'day': date}, union_by_name = true)))",
                [sound],
            ).fetchall()
        return {
            row[0]: Entry(
                file_id=row[0],
                parts=msgspec.json.decode(row[1], type=dict[str, list[date]]),
                **dict(zip(names, row[2:], strict=True)),
            )
            for row in rows
        }

    def digest(self) -> str:
        """Hash of what the lake holds: equal for equal files read by equal rules, in whatever parts."""
        import duckdb

        with duckdb.connect() as memory:
            found = memory.execute(
                "select sha256(coalesce(string_agg(concat_ws(' ', _file, fingerprint, parser_version,"
                " settings_hash, removed_on), ' ' order by _file), '')) from read_parquet(?)",
                [str(self.root / Load.TABLE / "*" / "*.parquet")],
            ).fetchone()
        return str(found[0]) if found else ""

    def loaded_days(self) -> Days | None:
        """First and last day that brought rows, of all sources; None for an empty lake."""
        with self.frozen():
            return self._loaded_days()

    def last_day(self) -> date | None:
        """The last of them; hold the lake still meanwhile."""
        days = self._loaded_days()
        return days.last if days else None

    def _loaded_days(self) -> Days | None:
        import duckdb

        with duckdb.connect() as memory:
            found = memory.execute(
                "select min(first_day), max(least(day, last_day)) from read_parquet(?) where rows > 0",
                [str(self.root / Load.TABLE / "*" / "*.parquet")],
            ).fetchone()
        return Days(*found) if found and found[0] else None

    def is_sound(self, entry: Entry) -> bool:
        """Whether all parts that the ledger row speaks of are there and whole."""
        return all(
            is_whole(self.part(group, entry.file_id)) or is_whole(self.pack(group))
            for group in entry.groups()
        )

    def apply(self, moves: Mapping[Path, Path], removes: Iterable[Path]) -> None:
        """Give temporary parts their names (`moves`: name -> temporary) and remove parts, all or nothing."""
        finals = sorted(moves, key=lambda place: (place.parents[1].name == Load.TABLE, place))
        journal = _Journal(
            [(self._inside(moves[final]), self._inside(final)) for final in finals],
            sorted(map(self._inside, removes)),
        )
        with self._locked("lake", fcntl.LOCK_EX):
            self._finish_journal()
            write_synced(self._journal, msgspec.json.encode(journal))
            self._finish_journal()

    def remembered(self, name: str) -> dict[str, list[str]]:
        """What `remember` kept under that name; nothing if it was lost, which only costs time."""
        with suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode(
                (self.state / f"{name}.json").read_bytes(), type=dict[str, list[str]]
            )
        return {}

    def remember(self, name: str, values: dict[str, list[str]]) -> None:
        """Keep something that saves work next time and may be lost."""
        with self._locked(f"remember-{name}", fcntl.LOCK_EX):
            write_synced(self.state / f"{name}.json", msgspec.json.encode(values))

    def _ledger_parts(self, sources: Collection[str], days: Days | None) -> Iterator[Path]:
        folder = self.root / Load.TABLE
        for name in _names(folder):
            if name == SCHEMA_DAY or not _DAY.fullmatch(name):
                continue
            if days is None or date.fromisoformat(name.removeprefix("day=")) in days:
                for part in _names(folder / name):
                    if part.partition("--")[0] in sources and part.endswith(".parquet"):
                        yield folder / name / part

    def _inside(self, place: Path) -> str:
        return place.relative_to(self.root).as_posix()

    def _finish_journal(self) -> None:
        """Carry out what the journal says; call it with the lake held alone."""
        try:
            journal = msgspec.json.decode(self._journal.read_bytes(), type=_Journal)
        except FileNotFoundError:
            return
        except msgspec.DecodeError:  # a disk that lost it: what is missing then loads again
            journal = _Journal([], [])
        for temporary, final in journal.moves:
            target = self.root / final
            target.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):  # moved already, before a kill
                (self.root / temporary).replace(target)
        for name in journal.removes:
            (self.root / name).unlink(missing_ok=True)
        self._journal.unlink()

    def _ensure_schemas(self) -> None:
        """Every table has its zero-row part, and every part the columns of today's record."""
        wanted = {name: schema_of(record) for name, record in TABLES.items()}
        known = self.remembered("schemas")
        for name, record in TABLES.items():
            empty = self.root / name / SCHEMA_DAY / "schema.parquet"
            if known.get(name) == wanted[name] and is_whole(empty):
                continue
            from orchestration.migrating import migrate

            migrate(record, self.root / name, empty)
            known[name] = wanted[name]
            self.remember("schemas", known)

    def _locked(self, name: str, how: int) -> AbstractContextManager[None]:
        return locked(self.state / "locks" / f"{name}.lock", how)


@contextmanager
def locked(place: Path, how: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Wait for a lock file and hold it; the system lets go of it when this process dies."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("ab") as held:
        fcntl.flock(held, how)
        yield


def schema_of(record: type[Record]) -> list[str]:
    """Columns and types of a table as text: changes when a record does."""
    return [f"{name} {kind.__name__}" for name, kind in columns_of(record).items()]


def _names(folder: Path) -> list[str]:
    """What lies in a folder, in order; globbing years of days for each source takes ten times as long."""
    try:
        return sorted(place.name for place in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def is_whole(place: Path) -> bool:
    """Whether a Parquet file is there that begins and ends as one; a torn one does not."""
    try:
        with place.open("rb") as stream:
            head = stream.read(4)
            stream.seek(-4, os.SEEK_END)
            return head == stream.read(4) == _MAGIC
    except OSError:
        return False


def write_synced(place: Path, content: bytes) -> None:
    """Write a small file atomically, its bytes on disk before it gets its name.

    Only one process at a time may write the same file: what a killed one left is overwritten.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f"{place.name}.tmp")
    with temporary.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(place)
