"""What the raw exports of analytics vendors share: one JSON event a line, counted.

An event lands as a count, who caused it only as one of so many users. Every line falls into exactly
one class, in this order: other (blank), rejected, dropped (no consent), duplicate, synthetic, bot,
user. Lines end in line feeds only: a text in an event may hold any other separator.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from ingest.files.blocks import Block
from ingest.files.sniff import looks_like
from ingest.privacy import excerpt
from ingest.source import Context, FormatError, Item, Reject, Tally, Warn
from ingest.usage.agents import classify
from ingest.usage.event_counts import Event, EventCounts
from ingest.usage.event_dimensions import DimensionReader
from ingest.usage.project_time import ProjectTime

_PROBED = 1000
_CUT_OFF = b"terminated early"
_EXCERPT = 2000


class ExportOptions(msgspec.Struct, forbid_unknown_fields=True):
    """The `[sources.<vendor>]` table of an analytics vendor."""

    project_zone: str | None = None
    consent_property: str | None = None
    synthetic_property: str | None = None
    synthetic_accounts: tuple[str, ...] = ()
    synthetic_agents: tuple[str, ...] = ("SyntheticMonitor/",)
    dimensions: dict[str, list[str] | str] | None = None


class Seen(NamedTuple):
    """One event as a vendor's reader understands it."""

    name: str
    time: object
    """Seconds, milliseconds or text, on the project's clock."""
    identity: str | None
    """The same for two deliveries of the event; None: equal lines are one event."""
    users: tuple[object, ...]
    """Under what names the user is known, the one that is counted first."""
    agent: str
    looked_at: Mapping[str, Any]
    """Where dimensions, consent and marks of our own probes are looked for."""
    properties: Mapping[str, Any]
    """Those whose use is counted."""


class Vendor(NamedTuple):
    """How one vendor's events are read."""

    name: str
    read: Callable[[bytes], Seen]
    """Raises msgspec.DecodeError, ValueError or RecursionError for a line that is no event."""
    expected: str
    is_reviewed: Callable[[str], bool]
    outline: re.Pattern[str]
    """Values of a line that a reject must not show, each behind its first group."""


class Export:
    """The lines of one file, counted."""

    def __init__(self, vendor: Vendor, context: Context) -> None:
        """FormatError for options that make no sense."""
        try:
            options = msgspec.convert(dict(context.options), ExportOptions)
        except msgspec.ValidationError as error:
            raise FormatError(f"[sources.{vendor.name}] of gapsight.toml: {error}") from None
        self._vendor, self._context, self._options = vendor, context, options
        self._time = ProjectTime(context, options.project_zone)
        self._dimensions = DimensionReader(vendor.name, options.dimensions)
        self._counts = EventCounts(vendor.is_reviewed)
        self._seen: set[bytes] = set()
        self._first_rejects: list[tuple[Reject, bytes]] = []
        self._events = self._blank = self._dropped = self._duplicates = self._lines = 0

    def read(self, block: Block) -> Iterator[Item]:
        """Count the events of a block; its rejects come once the file is known to hold events."""
        rejects = self._first_rejects
        self._lines += block.lines
        for number, line in enumerate(block.data.split(b"\n")[:-1], block.first):
            if not line.strip():
                self._blank += 1
                continue
            reason = self._event(line)
            if reason is None:
                self._events += 1
                continue
            if self._events or line.startswith(b"{"):
                self._refuse_part(line, ended=block.ended)
            found = Reject(position=number, reason=reason, excerpt=self._outline(line))
            rejects.append((found, line))
            if not self._events and len(rejects) >= _PROBED:
                self._refuse_strangers()
        if not block.ended:
            yield Warn(reason="the last line has no line end: is the export complete?")
        if self._events:
            yield from (reject for reject, _ in rejects)
            rejects.clear()

    def items(self) -> Iterator[Item]:
        """All rows and the tally, after the last line; FormatError if no line was an event."""
        self._refuse_strangers()
        day = self._context.folder_day
        has_users = bool(self._context.hash_key) and self._time.is_whole_day(day)
        yield from self._counts.rows(day if has_users else None)
        actors = self._counts.actors
        yield Tally(
            read=self._lines,
            user=actors["user"],
            synthetic=actors["synthetic"],
            bot=actors["bot"],
            dropped=self._dropped,
            duplicate=self._duplicates,
            other=self._blank,
        )

    @staticmethod
    def _refuse_part(line: bytes, *, ended: bool) -> None:
        if line.rstrip(b' \r."').endswith(_CUT_OFF):
            raise FormatError(
                "the export says 'terminated early': it is not complete, fetch it again"
            )
        if not ended:
            raise FormatError(
                "the last line is cut off: the export is not complete, fetch it again"
            )

    def _refuse_strangers(self) -> None:
        """FormatError if the lines so far hold no event."""
        if self._first_rejects and not self._events:
            reject, line = self._first_rejects[0]
            if said := _vendor_error(line):
                raise FormatError(f"an error message instead of an export: {said}")
            expected = self._vendor.expected
            raise FormatError(f"{looks_like(line)}, expected {expected}: {reject.reason}")

    def _event(self, line: bytes) -> str | None:
        """Counts one line; the reason if it cannot be."""
        try:
            found = self._vendor.read(line)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            return f"no event: {error}"
        if not found.name.strip():
            return "no event: its name is empty"
        day = self._time.day_of(found.time)
        if day is None:
            return "its time is missing or impossible"
        consent = self._options.consent_property
        if consent and not _is_true(found.looked_at.get(consent)):
            self._dropped += 1
        elif self._is_repeated(found, line):
            self._duplicates += 1
        else:
            user = found.users[0] if found.users else None
            event = Event(
                day,
                found.name,
                self._dimensions.read(found.looked_at),
                self._actor(found),
                None if user is None else str(user),
                found.properties,
            )
            self._counts.add(event)
        return None

    def _is_repeated(self, found: Seen, line: bytes) -> bool:
        identity = found.identity
        # Without an id two equal lines are one event; two events of a second are not.
        key = line if identity is None else identity.encode("utf-8", "surrogatepass")
        digest = blake2b(key, digest_size=16).digest()
        if digest in self._seen:
            return True
        self._seen.add(digest)
        return False

    def _actor(self, found: Seen) -> str:
        options, agent = self._options, found.agent
        marked = options.synthetic_property
        is_ours = (
            (marked and _is_true(found.looked_at.get(marked)))
            or any(user in options.synthetic_accounts for user in found.users)
            or agent.startswith(options.synthetic_agents)
        )
        if is_ours:
            return "synthetic"
        return classify(agent).actor if agent else "user"

    def _outline(self, line: bytes) -> str:
        """The line without its values: whose it is must not be read from a reject."""
        text = line[:_EXCERPT].decode("utf-8", "replace")
        return excerpt(self._vendor.outline.sub(r"\1…", text))


def outline_but(*shown: str) -> re.Pattern[str]:
    """Matches every value of a JSON line but those of the named members, and of a list all of it."""
    names = "|".join(map(re.escape, shown))
    return re.compile(
        rf'("(?!(?:{names})")(?:[^"\\]|\\.)*"\s*:\s*)'
        r'(?:"(?:[^"\\]|\\.)*"?|\[[^\]]*\]?|[^\s,{}\[\]"]+)'
    )


def _is_true(value: object) -> bool:
    return value is True or value == 1 or str(value).strip().lower() in ("true", "yes", "granted")


def _vendor_error(line: bytes) -> str | None:
    try:
        found = msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    message = found.get("error")
    return excerpt(str(message)) if message else None
