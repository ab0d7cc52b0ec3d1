"""Mixpanel's raw export: one JSON event a line, plain or compressed.

An event lands as a count, its `distinct_id` only as one of so many users. Every line falls into
exactly one class, in this order: other (blank), rejected, dropped (no consent), duplicate,
synthetic, bot, user. Lines end in line feeds only: a text in an event may hold any other separator.
"""

import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from ingest.files.blocks import Block, read_blocks
from ingest.files.sniff import looks_like
from ingest.privacy import excerpt
from ingest.records import PropertyCount, UsageCount
from ingest.source import Context, FormatError, Item, Reject, Source, Tally, Warn
from ingest.usage.agents import classify
from ingest.usage.event_counts import Event, EventCounts
from ingest.usage.event_dimensions import DimensionReader
from ingest.usage.project_time import ProjectTime

_PROBED = 1000
_CUT_OFF = b"terminated early"
_EXCERPT = 2000
# Every value but the event's name and time, and of a list all of it.
_VALUES = re.compile(
    r'("(?!(?:event|time)")(?:[^"\\]|\\.)*"\s*:\s*)'
    r'(?:"(?:[^"\\]|\\.)*"?|\[[^\]]*\]?|[^\s,{}\[\]"]+)'
)


class _Options(msgspec.Struct, forbid_unknown_fields=True):
    """The `[sources.mixpanel]` table."""

    project_zone: str | None = None
    consent_property: str | None = None
    synthetic_property: str | None = None
    synthetic_accounts: tuple[str, ...] = ()
    synthetic_agents: tuple[str, ...] = ("SyntheticMonitor/",)
    dimensions: dict[str, list[str] | str] | None = None


class _Line(msgspec.Struct):
    event: str
    properties: dict[str, Any]


_DECODER = msgspec.json.Decoder(_Line)


def parse(path: Path, context: Context) -> Iterator[Item]:
    """Counts of an export; FormatError if it is another format, or not the whole export."""
    try:
        options = msgspec.convert(dict(context.options), _Options)
    except msgspec.ValidationError as error:
        raise FormatError(f"[sources.mixpanel] of gapsight.toml: {error}") from None
    export = _Export(context, options)
    read = 0
    for block in read_blocks(path):
        read += block.lines
        yield from export.read(block)
    export.end()
    yield from export.items()
    yield Tally(read=read)


class _Export:
    """The lines of one file, counted."""

    def __init__(self, context: Context, options: _Options) -> None:
        self._context, self._options = context, options
        self._time = ProjectTime(context, options.project_zone)
        self._dimensions = DimensionReader(options.dimensions)
        self._counts = EventCounts(_is_reviewed)
        self._seen: set[bytes] = set()
        self._first_rejects: list[tuple[Reject, bytes]] = []
        self._events = self._blank = self._dropped = self._duplicates = 0

    def read(self, block: Block) -> Iterator[Item]:
        """Count the events of a block; its rejects come once the file is known to hold events."""
        rejects = self._first_rejects
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
            rejects.append((Reject(position=number, reason=reason, excerpt=_outline(line)), line))
            if not self._events and len(rejects) >= _PROBED:
                self.end()
        if not block.ended:
            yield Warn(reason="the last line has no line end: is the export complete?")
        if self._events:
            yield from (reject for reject, _ in rejects)
            rejects.clear()

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

    def end(self) -> None:
        """FormatError if the lines so far hold no event."""
        if self._first_rejects and not self._events:
            reject, line = self._first_rejects[0]
            if said := _vendor_error(line):
                raise FormatError(f"an error message instead of an export: {said}")
            expected = "a JSON event with event and properties on every line"
            raise FormatError(f"{looks_like(line)}, expected {expected}: {reject.reason}")

    def items(self) -> Iterator[Item]:
        """All rows, and the tally without the lines read."""
        day = self._context.folder_day
        has_users = bool(self._context.hash_key) and self._time.is_whole_day(day)
        yield from self._counts.rows(day if has_users else None)
        actors = self._counts.actors
        yield Tally(
            user=actors["user"],
            synthetic=actors["synthetic"],
            bot=actors["bot"],
            dropped=self._dropped,
            duplicate=self._duplicates,
            other=self._blank,
        )

    def _event(self, line: bytes) -> str | None:
        """Counts one line; the reason if it cannot be."""
        try:
            found = _DECODER.decode(line)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            return f"no event: {error}"
        if not found.event.strip():
            return "no event: its name is empty"
        properties = found.properties
        day = self._time.day_of(properties.get("time"))
        if day is None:
            return "its time is missing or impossible"
        consent = self._options.consent_property
        if consent and not _is_true(properties.get(consent)):
            self._dropped += 1
        elif self._is_repeated(found, line):
            self._duplicates += 1
        else:
            user = properties.get("distinct_id")
            event = Event(
                day,
                found.event,
                self._dimensions.read(properties),
                self._actor(properties),
                None if user is None else str(user),
                properties,
            )
            self._counts.add(event)
        return None

    def _is_repeated(self, found: _Line, line: bytes) -> bool:
        properties = found.properties
        insert_id = properties.get("$insert_id")
        # Without an insert id two equal lines are one event; two events of a second are not.
        key = line
        if insert_id:
            parts = found.event, properties["time"], properties.get("distinct_id"), insert_id
            key = "\0".join(map(str, parts)).encode("utf-8", "surrogatepass")
        digest = blake2b(key, digest_size=16).digest()
        if digest in self._seen:
            return True
        self._seen.add(digest)
        return False

    def _actor(self, properties: Mapping[str, Any]) -> str:
        options = self._options
        agent = properties.get("$user_agent") or properties.get("user_agent")
        agent = agent if isinstance(agent, str) else ""
        is_ours = (
            (options.synthetic_property and _is_true(properties.get(options.synthetic_property)))
            or properties.get("distinct_id") in options.synthetic_accounts
            or properties.get("$user_id") in options.synthetic_accounts
            or agent.startswith(options.synthetic_agents)
        )
        if is_ours:
            return "synthetic"
        return classify(agent).actor if agent else "user"


def _outline(line: bytes) -> str:
    """The line without its values: whose it is must not be read from a reject."""
    text = line[:_EXCERPT].decode("utf-8", "replace")
    return excerpt(_VALUES.sub(r"\1…", text))


def _is_true(value: object) -> bool:
    return value is True or value == 1 or str(value).strip().lower() in ("true", "yes", "granted")


def _is_reviewed(name: str) -> bool:
    """Not the vendor's book-keeping, which every event carries."""
    return not name.startswith(("mp_", "$mp_")) and name not in ("time", "$insert_id")


def _vendor_error(line: bytes) -> str | None:
    try:
        found = msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    message = found.get("error")
    return excerpt(str(message)) if message else None


SOURCE = Source(
    name="mixpanel",
    family="usage",
    tables=(UsageCount, PropertyCount),
    glob=("*",),
    parse=parse,
    form="tables",
    options=_Options,
    marks=(b'"properties"',),
)
