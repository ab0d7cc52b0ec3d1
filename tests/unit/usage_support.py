"""What tests of access logs and event exports share: a file through its parser, items apart."""

import datetime as dt
import gzip
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from ingest.records import Record
from ingest.source import Batch, Context, Reject, Source, Tally, Warn

FOLDER = dt.date(2026, 6, 30)
CLASSES = ("user", "static", "synthetic", "bot", "dropped", "other", "duplicate")


@dataclass
class Result:
    """Everything one file gave."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)

    @property
    def requests(self) -> list[dict[str, Any]]:
        return self.rows.get("usage_counts", [])

    @property
    def minutes(self) -> list[dict[str, Any]]:
        return self.rows.get("request_minutes", [])

    @property
    def latencies(self) -> list[dict[str, Any]]:
        return self.rows.get("request_latency", [])

    def counted(self, *names: str, table: str = "usage_counts") -> dict[Any, int]:
        """Sum of counts by some columns."""
        found: Counter[Any] = Counter()
        for row in self.rows.get(table, []):
            key = tuple(row[name] for name in names)
            found[key if len(names) > 1 else key[0]] += row["count"]
        return dict(found)

    def check_accounting(self) -> None:
        """Every line read is in exactly one class, and the rows hold those that have rows."""
        assert self.tally["read"] == sum(self.tally[name] for name in CLASSES) + len(self.rejects)
        actors = self.counted("actor")
        for actor in ("user", "synthetic", "bot"):
            assert actors.get(actor, 0) == self.tally[actor]
        if self.minutes:
            assert self.counted("actor", table="request_minutes") == actors


def read(source: Source, path: Path, **context: Any) -> Result:
    """One file through its parser; types and column lengths are checked, not the accounting."""
    context = {"folder_day": FOLDER, "name": path.name, **context}
    result = Result()
    for item in source.parse(path, Context(**context)):
        if isinstance(item, Batch):
            assert item.table in source.tables
            rows = result.rows.setdefault(item.table.TABLE, [])
            for values in zip(*item.columns.values(), strict=True):
                row = dict(zip(item.columns, values, strict=True))
                rows.append(msgspec.structs.asdict(msgspec.convert(row, item.table, strict=True)))
        elif isinstance(item, Record):
            result.rows.setdefault(item.TABLE, []).append(msgspec.structs.asdict(item))
        elif isinstance(item, Reject):
            result.rejects.append(item)
        elif isinstance(item, Warn):
            result.warnings.append(item.reason)
        elif isinstance(item, Tally):
            result.tally.update(msgspec.structs.asdict(item))
    return result


def packed(path: Path, content: bytes) -> Path:
    """The content as a gzip file."""
    path.write_bytes(gzip.compress(content))
    return path
