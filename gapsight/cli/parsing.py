"""One file through one parser: records to standard output, everything else to standard error."""

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import cast

import msgspec

from gapsight.cli.hostile import for_json
from gapsight.cli.output import note
from ingest.files.packed import unpacked
from ingest.records import Record
from ingest.sealing import seal, seal_row
from ingest.source import (
    Batch,
    Context,
    DamagedError,
    FormatError,
    Item,
    Lag,
    Origin,
    RecordParser,
    Reject,
    Source,
    TableParser,
    Tally,
    Warn,
)

SHOWN_REJECTS = 1000
"""As many as the lake keeps of one file; the summary counts them all."""


@dataclass
class _Seen:
    """What one file gave, for the summary."""

    source: str
    """Format of the rows that come next: a bundle holds files of several."""
    rows: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    rejects: int = 0
    warnings: int = 0
    failure: str = ""

    def summary(self) -> str:
        """One line: rows by table, records by class where they are counted, rejects, warnings."""
        read = self.classes.pop("read", 0)
        parts = [f"{read:,} records read"] if read else []
        parts.append(
            ", ".join(f"{count:,} {table}" for table, count in self.rows.items()) or "no rows"
        )
        if self.classes.total():
            parts.append(", ".join(f"{name} {n:,}" for name, n in self.classes.items() if n))
        parts.append(f"{self.rejects:,} rejected, {self.warnings:,} warnings")
        return "; ".join(parts) + (f"; stopped: {self.failure}" if self.failure else "")


def parse_file(source: Source, path: Path | None, context: Context) -> bool:
    """Print what the parser yields for one file; False if anything was rejected or unreadable."""
    shown = str(path or "standard input")
    seen = _Seen(source.name)
    try:
        with _items(source, path, context) as items:
            for item in items:
                _print(item, shown, seen)
    except FormatError as error:
        damaged = isinstance(error, DamagedError)
        seen.failure = f"{error}" if damaged else f"this is no {source.name} file: {error}"
    sys.stdout.flush()
    note(f"{shown}: {seen.summary()}")
    return not (seen.failure or seen.rejects)


@contextmanager
def _items(source: Source, path: Path | None, context: Context) -> Iterator[Iterator[Item]]:
    """Call the parser in the form it wants: an open, decompressed stream or a path."""
    if source.form == "tables":
        with _as_path(path) as place:
            yield cast("TableParser", source.parse)(place, context)
        return
    given = path.open("rb") if path else nullcontext(cast("BufferedReader", sys.stdin.buffer))
    with given as stream, unpacked(stream) as plain:
        yield cast("RecordParser", source.parse)(plain, context)


@contextmanager
def _as_path(path: Path | None) -> Iterator[Path]:
    """Give a parser that wants a path one for standard input, too."""
    if path:
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="gapsight-") as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.flush()
        yield Path(copy.name)


def _print(item: Item, shown: str, seen: _Seen) -> None:
    if isinstance(item, Record):
        _row(item.TABLE, msgspec.structs.asdict(item), seen)
    elif isinstance(item, Batch):
        for values in zip(*item.columns.values(), strict=True):
            _row(item.table.TABLE, dict(zip(item.columns, values, strict=True)), seen)
    elif isinstance(item, Tally):
        seen.classes.update(msgspec.structs.asdict(item))
    elif isinstance(item, Origin):
        seen.source = item.source
    elif isinstance(item, Warn):
        seen.warnings += 1
        note(f"{shown}: warning: {seal(item.reason)}")
    elif isinstance(item, Lag):
        note(f"{shown}: known {item.days} days late")
    else:
        _reject(item, shown, seen)


def _row(table: str, values: dict[str, object], seen: _Seen) -> None:
    line = msgspec.json.encode({"table": table, "source": seen.source, **seal_row(values)})
    sys.stdout.write(for_json(line.decode()) + "\n")
    seen.rows[table] += 1


def _reject(item: Reject, shown: str, seen: _Seen) -> None:
    seen.rejects += 1
    if seen.rejects > SHOWN_REJECTS:
        return
    place = shown if item.position is None else f"{shown}:{item.position}"
    excerpt = f" | {seal(item.excerpt)}" if item.excerpt else ""
    note(f"{place}: rejected: {seal(item.reason)}{excerpt}")
    if seen.rejects == SHOWN_REJECTS:
        note(f"{shown}: further rejects are only counted")
