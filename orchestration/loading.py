"""Loading one family: which inbox files are new, changed or read by older rules, and their way into the lake."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path

from ingest import sealing, sources
from ingest.records import Load, RejectRow
from ingest.source import Family
from orchestration import packing
from orchestration.days import Days
from orchestration.inbox import UNREADABLE, Fingerprints, Unit, list_units, move_dropped
from orchestration.lake import Entry, Group, Lake, is_whole, schema_of
from orchestration.reading import Job, Portion
from orchestration.settings import Settings
from orchestration.workers import read_all

Tick = Callable[[str], None]
"""Called with the path of each unit that has been loaded."""


@dataclass
class LoadReport:
    """What one load of a family did, and what its ledger says of the days that were asked for."""

    family: str
    days: Days | None = None
    """The folders that were asked for; None: all."""
    listed: int = 0
    loaded: int = 0
    unreadable: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    """Rows loaded now, by table."""
    rejected_now: int = 0
    """Records rejected in the files loaded now."""
    records_read: int = 0
    rejected: int = 0
    rejecting: list[tuple[str, int, int]] = field(default_factory=list)
    """Path, rejected and read records of every file of those days that has rejects, worst first."""
    warnings: list[str] = field(default_factory=list)

    @property
    def reject_share(self) -> float:
        """Rejected of all records read."""
        return self.rejected / self.records_read if self.records_read else 0.0


def tables_of(family: str) -> tuple[str, ...]:
    """Raw tables that a family fills, whatever format inside it they come from."""
    every = (s for s in sources.all_sources() if s.family == family)
    return tuple(dict.fromkeys(table.TABLE for source in every for table in source.tables))


def load_family(
    settings: Settings, family: Family, days: Days | None = None, *, tick: Tick | None = None
) -> LoadReport:
    """Load every unit of a family in folders of those days that the lake does not hold as it is now."""
    load = _Load(settings, family, days)
    with load.lake.loading(family) as folder:
        units = load.units()
        jobs = list(load.jobs(units, folder))
        earlier = load.earlier(jobs)
        for portion in read_all(jobs):
            packing.commit(load.lake, portion, earlier, folder=folder)
            load.count(portion, tick)
        load.pack(folder)
        load.finish(units)
    return load.report


def pending(settings: Settings, family: Family) -> list[Unit]:
    """Units of a family's inbox folders that a load would read."""
    load = _Load(settings, family, None)
    with load.lake.loading(family) as folder:
        waiting = [job.unit for job in load.jobs(load.units(), folder)]
        load.remember()
    return waiting


class _Load:
    """One load of one family while it goes on, the family's lock held."""

    def __init__(self, settings: Settings, family: Family, days: Days | None) -> None:
        self.lake = Lake(settings.paths.lake)
        self.report = LoadReport(family, days)
        self.touched: set[Group] = set()
        self._settings = settings
        self._days = days
        self._names = [source.name for source in sources.of_family(family)]
        self._rules = {name: rules_of(settings, name) for name in self._names}
        self._seen = Fingerprints(self.lake.remembered(f"seen-{family}"))
        self._entries: dict[str, Entry] = {}

    def units(self) -> list[Unit]:
        """Everything in the inbox for those days, what was dropped there sorted in first."""
        inbox, zone = self._settings.paths.inbox, self._settings.reporting_zone
        for name in self._names:
            move_dropped(inbox, name, zone)
        return [unit for name in self._names for unit in list_units(inbox, name, self._days)]

    def jobs(self, units: Iterable[Unit], folder: Path) -> Iterator[Job]:
        """Each unit that must be read, with all that its rows depend on."""
        self._entries = self.lake.ledger(self._names, self._days)
        inbox = self._settings.paths.inbox
        for unit in units:
            fingerprint = self._seen.of(inbox, unit)
            if fingerprint is None or self._is_loaded(unit, fingerprint):
                continue
            context = self._settings.context(unit.source, folder_day=unit.day, name=unit.name)
            _, settings_hash = self._rules[unit.source]
            own = folder / unit.file_id
            yield Job(unit, inbox / unit.path, context, fingerprint, settings_hash, own)

    def earlier(self, jobs: Iterable[Job]) -> dict[str, list[Group]]:
        """Where the units have rows in the lake already, by file id."""
        wanted = {job.unit.file_id for job in jobs}
        known = {i: packing.places_of(e) for i, e in self._entries.items() if i in wanted}
        if not self.lake.torn_ledger:
            return known
        self.report.warnings.append(
            f"{self.report.family}: a part of the ledger was damaged; its files load again"
        )
        return known | self._strays(wanted - known.keys())

    def _strays(self, file_ids: set[str]) -> dict[str, list[Group]]:
        """Rows of files whose ledger rows were lost, wherever they lie."""
        found: dict[str, list[Group]] = {}
        groups = set()
        for table in (*tables_of(self.report.family), RejectRow.TABLE, Load.TABLE):
            for place in (self.lake.root / table).glob("day=*/*--*.parquet"):
                source, _, file_id = place.stem.partition("--")
                if source not in self._names:
                    continue
                day = date.fromisoformat(place.parent.name.removeprefix("day="))
                group = Group(table, day, source)
                groups.add(group)
                if file_id in file_ids:
                    found.setdefault(file_id, []).append(group)
        for file_id, places in packing.packed_strays(self.lake, groups, file_ids).items():
            found.setdefault(file_id, []).extend(places)
        return found

    def count(self, portion: Portion, tick: Tick | None) -> None:
        """Add what was loaded just now to the report."""
        self.touched |= {Group(part.table, part.day, part.source) for part in portion.parts}
        for parsed in portion.parsed:
            self.report.loaded += 1
            self.report.unreadable += parsed.is_unreadable
            self.report.rejected_now += parsed.load.rejected
            self.report.rows.update(parsed.rows)
            if tick:
                tick(parsed.unit.path)

    def pack(self, folder: Path) -> None:
        """Pack what was loaded, once nothing damaged is left among it."""
        # Only now: until their files are loaded they tell that rows are astray.
        if torn := [place for place in self.lake.torn_ledger if not is_whole(place)]:
            self.lake.apply({}, torn)
        packing.pack(self.lake, self.touched, folder)

    def finish(self, units: Sequence[Unit]) -> None:
        """Take stock of the ledger."""
        report = self.report
        self.remember()
        report.listed = len(units)
        entries = self.lake.ledger(self._names, self._days) if report.loaded else self._entries
        self._warn_of_lost_rows(units)
        there = {unit.file_id for unit in units}
        for entry in entries.values():
            if entry.file_id not in there:
                continue  # nobody can mend a file that is gone; its rows stay
            report.records_read += entry.records_read
            report.rejected += entry.rejected
            if entry.rejected:
                report.rejecting.append((entry.path, entry.rejected, entry.records_read))
        report.rejecting.sort(key=lambda file: (-file[1], file[0]))

    def remember(self) -> None:
        """Keep the fingerprints, so that unchanged files are not read again to know that."""
        seen = self._seen.after if self._days is None else self._seen.all
        self.lake.remember(f"seen-{self.report.family}", seen)

    def _is_loaded(self, unit: Unit, fingerprint: str) -> bool:
        entry = self._entries.get(unit.file_id)
        if entry is None:
            return False
        if fingerprint.startswith(UNREADABLE) and entry.fingerprint != fingerprint:
            self.report.warnings.append(
                f"{unit.path} may not be read now; its rows of before are kept"
            )
            return True
        # One that the retention removed and somebody put back is in the inbox again: so says the ledger.
        if entry.removed_on or not is_current(entry, fingerprint, self._rules[unit.source]):
            return False
        if sound := self.lake.is_sound(entry):
            return sound
        self.report.warnings.append(
            f"{unit.path}: a part of it in the lake was damaged; loaded again"
        )
        return False

    def _warn_of_lost_rows(self, units: Sequence[Unit]) -> None:
        there = {unit.file_id for unit in units}
        for file_id, entry in self._entries.items():
            if file_id not in there and not self.lake.is_sound(entry):
                by = " by retention" if entry.removed_on else ""
                self.report.warnings.append(
                    f"{entry.path} is gone from the inbox{by} and its rows in the lake are damaged; "
                    f"put it back, or delete the parts {entry.source}--{file_id}.parquet"
                )


def rules_of(settings: Settings, name: str) -> tuple[int, str]:
    """Version of the source's parser; hash of settings, table shapes and sealing that its rows depend on."""
    source = sources.get(name)
    shapes = [schema_of(table) for table in source.tables]
    facts = f"{settings.read_hash(name)} {shapes} {sealing.VERSION}"
    found = sha256(facts.encode()).hexdigest()[:16]
    return source.version, found


def is_current(entry: Entry, fingerprint: str, rules: tuple[int, str]) -> bool:
    """Whether the lake holds what these bytes give by today's rules."""
    return (entry.fingerprint, entry.parser_version, entry.settings_hash) == (fingerprint, *rules)
