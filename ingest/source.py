"""What a Source is: how a parser is called, what it yields, and how it is registered.

A parser is pure. It gets bytes (or a path) and a `Context`, and yields `Item`s. It reads no clock, no
environment, no network and no stored database, so the same file always gives the same rows.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Literal
from zoneinfo import ZoneInfo

import msgspec

from ingest.records import Record

Family = Literal["usage", "ci", "issues", "incidents", "deployments", "git", "metrics", "errors"]

WATCHED: tuple[Family, ...] = ("incidents", "deployments")
"""Families whose news are wanted within minutes: they are looked for all day, not only at night."""


class FormatError(ValueError):
    """The whole file cannot be read as this format; the message says what was found instead."""


class DamagedError(FormatError):
    """The format may be right, but the bytes end early or are broken."""


class Reject(msgspec.Struct, frozen=True, kw_only=True):
    """A record that could not be read: kept with its place and reason, never dropped silently."""

    position: int | None
    """Line or record number in the file, counted from 1; None when the whole file is meant."""
    reason: str
    excerpt: str = ""
    """What stood there, scrubbed of personal data and at most 300 characters."""


class MemberReject(Reject, frozen=True, kw_only=True):
    """A reject of a file that holds other files."""

    member: str
    """Path of the one that it is about."""


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Records of a file by class, for the accounting (architecture.md, Loading).

    Yielded any number of times; the figures add up. A source of form `records` need not yield any:
    the loader counts what it yields. `read` must come from a count that is independent of the parse.
    """

    read: int = 0
    user: int = 0
    static: int = 0
    synthetic: int = 0
    bot: int = 0
    dropped: int = 0
    other: int = 0
    duplicate: int = 0


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one table as columns of equal length, for vectorised parsers. `day` is one of them."""

    table: type[Record]
    columns: Mapping[str, list[Any]]


class Warn(msgspec.Struct, frozen=True, kw_only=True):
    """The file was read, but something in it deserves a look: recovered, partial, counts differ."""

    reason: str
    partial: bool = False
    """Something that belongs to the file is not in its rows: cut off, or damaged and recovered."""
    assumed_zones: int = 0
    """Times without a zone that were read as UTC, as nobody has said theirs."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that follow, up to the next Origin, are of this source format.

    Yielded by a source whose files hold other formats (a CI bundle): the loader writes `source` as
    the `source` column of those rows, in place of the name of the source that was called.
    """

    source: str


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """The file tells of what users did only so many days later; the ledger says so of it."""

    days: int


Item = Record | Batch | Reject | Tally | Warn | Origin | Lag


@dataclass(frozen=True)
class Context:
    """What a parser may know beyond the bytes; everything in it comes from settings or the file's place."""

    folder_day: date
    """The day folder the file lies in: the day of a row whose own stamp is missing."""
    name: str = ""
    """File name, for messages and formats whose name carries meaning."""
    reporting_zone: str = "UTC"
    """The zone in which a *day* is meant, workspace-wide."""
    source_zone: str | None = None
    """The zone of stamps that carry none; None means UTC and is marked as assumed."""
    hash_key: bytes = field(default=b"", repr=False)
    """Key of the HMAC under which customer and author ids are stored."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """The `[sources.<name>]` table of gapsight.toml."""

    @cached_property
    def _reporting(self) -> ZoneInfo:
        return ZoneInfo(self.reporting_zone)

    @cached_property
    def _assumed(self) -> ZoneInfo:
        return ZoneInfo(self.source_zone or "UTC")

    def to_utc(self, stamp: datetime) -> datetime:
        """Any stamp as an aware UTC one; a stamp without a zone is read in the source's zone."""
        return (stamp if stamp.tzinfo else stamp.replace(tzinfo=self._assumed)).astimezone(UTC)

    def day_of(self, stamp: datetime | None) -> date:
        """The reporting day of a stamp; the file's folder day where there is none."""
        if stamp is None:
            return self.folder_day
        return self.to_utc(stamp).astimezone(self._reporting).date()


HEAD = 8 * 1024
"""Bytes in which the marks of a format must stand."""

RecordParser = Callable[[BinaryIO, Context], Iterator[Item]]
TableParser = Callable[[Path, Context], Iterator[Item]]


@dataclass(frozen=True)
class Source:
    """One vendor format: what it is called, which tables it fills and how it is read."""

    name: str
    family: Family
    tables: tuple[type[Record], ...]
    glob: tuple[str, ...]
    """File names (fnmatch, lower case) that are taken for this format inside an inbox folder or CI bundle."""
    parse: RecordParser | TableParser
    form: Literal["records", "tables"] = "records"
    """`records`: a binary stream, already decompressed. `tables`: the local path, decompressed by the parser."""
    version: int = 1
    """Raised when the parser reads the same bytes differently: files of an older version load again."""
    landed: bool = True
    """Has a folder of its own in the inbox; False for formats that only come inside CI bundles."""
    scattered: bool = False
    """A report is many files of one folder (Allure writes one per test): inside a bundle they are one suite."""
    options: type[msgspec.Struct] | None = None
    """What may stand in `[sources.<name>]` beside `zone`; None: nothing."""
    marks: tuple[bytes, ...] = ()
    """Any of these in the first 8 kB tells this format from others of the same file ending."""

    def takes(self, name: str) -> bool:
        """Whether a file of that name may be of this format."""
        return any(fnmatchcase(name.lower(), pattern) for pattern in self.glob)

    def knows(self, head: bytes) -> bool:
        """Whether the first bytes of a file (HEAD of them) carry a mark of this format.

        Also where they differ from it in blanks: JSON is written with and without them.
        """
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            head = head.decode("utf-16", "ignore").encode()
        bare = head.translate(None, b" \t\r\n")
        return any(mark in head or mark in bare for mark in self.marks)
