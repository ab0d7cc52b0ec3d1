"""One inbox unit through its parser: rows to temporary parts, everything else to its ledger row.

Runs in worker processes as well, so it knows no Dagster and only writes below the folder it is given.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from ingest import sources
from ingest.files.packed import bare_name, parsed
from ingest.privacy import excerpt
from ingest.records import Load, Record, RejectRow
from ingest.source import (
    Batch,
    Context,
    FormatError,
    Lag,
    MemberReject,
    Reject,
    Source,
    Tally,
    Warn,
)
from orchestration.inbox import UNREADABLE, Unit
from orchestration.parts import Held, PartWriter, PortionWriter, Written

KEPT_REJECTS = 1000
"""Rejects of a file that are kept; the ledger counts all of them."""
KEPT_WARNINGS = 100


@dataclass(frozen=True)
class Job:
    """One unit to be read, with all that decides what its rows are."""

    unit: Unit
    place: Path
    context: Context
    fingerprint: str
    settings_hash: str
    folder: Path
    """Where temporary parts go; this job's alone."""


@dataclass(frozen=True)
class Parsed:
    """What one unit gave: its ledger row, and how many rows of which table."""

    unit: Unit
    load: Load
    rows: dict[str, int]
    is_unreadable: bool


@dataclass(frozen=True)
class Portion:
    """What several units gave: their parts under temporary names, those of the ledgers among them."""

    parsed: list[Parsed]
    parts: list[Written]


@dataclass
class _Account:
    """Everything of a file that is no row."""

    source: str
    rejects: list[tuple[RejectRow, str]] = field(default_factory=list)
    rejected: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    has_tally: bool = False
    warnings: list[str] = field(default_factory=list)
    partial: bool = False
    unreadable: bool = False
    lag_days: int | None = None
    assumed_zones: int = 0


def read_portion(jobs: Sequence[Job]) -> Portion:
    """Read units to their ends; whatever is wrong with one becomes a reject of its own, never an error."""
    writer = PortionWriter(jobs[0].folder)
    return Portion([_read_unit(job, writer) for job in jobs], writer.finish())


def unreadable(job: Job, reason: str) -> Portion:
    """Return what is recorded of a unit of which nothing could be read: one reject and a ledger row."""
    writer = PortionWriter(job.folder)
    return Portion([_nothing_of(job, reason, writer)], writer.finish())


def _read_unit(job: Job, portion: PortionWriter) -> Parsed:
    account = _Account(job.unit.source)
    writer = PartWriter(job.folder, job.unit.file_id)
    try:
        _drain(job, writer, account)
        held = writer.finish()
    except Exception as error:  # noqa: BLE001 - a parser that breaks must not stop the other files
        return _nothing_of(job, _reason(error), portion)
    return _kept(job, account, held=held, portion=portion)


def _nothing_of(job: Job, reason: str, portion: PortionWriter) -> Parsed:
    account = _Account(job.unit.source, unreadable=True)
    _reject(account, job, Reject(position=None, reason=reason))
    return _kept(job, account, held=[], portion=portion)


def _kept(job: Job, account: _Account, *, held: list[Held], portion: PortionWriter) -> Parsed:
    load = _load(job, account, held)
    portion.take(job.unit.source, job.unit.file_id, held)
    portion.take(job.unit.source, job.unit.file_id, _ledger_rows(job, account, load))
    rows: Counter[str] = Counter()
    for part in held:
        rows[part.table] += part.rows
    return Parsed(job.unit, load, dict(rows), account.unreadable)


def _drain(job: Job, writer: PartWriter, account: _Account) -> None:
    source = sources.get(job.unit.source)
    if job.fingerprint.startswith(UNREADABLE):
        raise OSError(None, job.fingerprint.partition(": ")[2])
    _check_name(source, job)
    with parsed(source, job.place, job.context) as items:
        for item in items:
            if isinstance(item, Record):
                writer.add(item, account.source)
            elif isinstance(item, Batch):
                writer.add_batch(item, account.source)
            elif isinstance(item, Reject):
                _reject(account, job, item)
            elif isinstance(item, Tally):
                account.has_tally = True
                account.classes.update(msgspec.structs.asdict(item))
            elif isinstance(item, Warn):
                account.warnings.append(item.reason)
                account.partial |= item.partial
                account.assumed_zones += item.assumed_zones
            elif isinstance(item, Lag):
                account.lag_days = item.days
            else:
                account.source = item.source


def _check_name(source: Source, job: Job) -> None:
    name = job.unit.name
    wanted = source.glob
    if not job.place.is_dir() and not (source.takes(name) or source.takes(bare_name(name))):
        raise FormatError(f"no {source.name} file by its name, expected {' or '.join(wanted)}")


def _reason(error: Exception) -> str:
    if isinstance(error, FormatError):
        return excerpt(str(error))
    if isinstance(error, OSError):
        return excerpt(f"the file may not be read: {error.strerror or error}")
    return excerpt(f"the parser failed: {type(error).__name__}: {error}")


def _reject(account: _Account, job: Job, reject: Reject) -> None:
    account.rejected += 1
    # Without a position it is about the file, or about a whole report inside it.
    account.partial |= reject.position is None
    if len(account.rejects) < KEPT_REJECTS:
        row = RejectRow(
            day=job.unit.day,
            path=job.unit.path,
            member=reject.member if isinstance(reject, MemberReject) else None,
            position=reject.position,
            reason=reject.reason,
            excerpt=reject.excerpt or None,
        )
        account.rejects.append((row, account.source))


def _load(job: Job, account: _Account, parts: list[Held]) -> Load:
    source = sources.get(job.unit.source)
    rows = sum(part.rows for part in parts)
    classes = Counter(account.classes)
    read = classes.pop("read", 0)
    if not account.has_tally:
        read, classes["user"] = rows + account.rejected, rows
    days = sorted({part.day for part in parts})
    tables: dict[str, list[str]] = {}
    for part in parts:
        tables.setdefault(part.table, []).append(part.day.isoformat())
    if account.rejects:
        tables[RejectRow.TABLE] = [job.unit.day.isoformat()]
    return Load(
        day=job.unit.day,
        family=source.family,
        path=job.unit.path,
        fingerprint=job.fingerprint,
        parser_version=source.version,
        records_read=read,
        **classes,
        rejected=account.rejected,
        rows=rows,
        partial=account.partial,
        first_day=days[0] if days else None,
        last_day=days[-1] if days else None,
        parts_json=msgspec.json.encode(tables, order="sorted").decode(),
        settings_hash=job.settings_hash,
        warnings_json=_warnings(account.warnings),
        lag_days=account.lag_days,
        assumed_zones=account.assumed_zones,
        removed_on=None,
    )


def _warnings(reasons: list[str]) -> str | None:
    if not reasons:
        return None
    kept = reasons[:KEPT_WARNINGS]
    if len(reasons) > len(kept):
        kept.append(f"and {len(reasons) - len(kept)} more")
    return msgspec.json.encode(kept).decode()


def _ledger_rows(job: Job, account: _Account, load: Load) -> list[Held]:
    found: list[Held] = []
    ledgers: tuple[Sequence[tuple[Record, str]], ...] = (account.rejects, [(load, job.unit.source)])
    for rows in ledgers:
        writer = PartWriter(job.folder, job.unit.file_id)
        for row, origin in rows:
            writer.add(row, origin)
        found += writer.finish()
    return found
