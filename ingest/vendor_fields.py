"""Fields of vendor records under their many names, and what may be kept of all other fields.

Vendor words stay verbatim. Fields that look personal or secret are dropped, whatever they hold.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import msgspec

from ingest.files.stamps import ZONE_ASSUMED, parse_stamp
from ingest.privacy import scrub
from ingest.sightings import Sightings
from ingest.source import Context, Reject, Warn

WORD_LIMIT = 200
TEXT_LIMIT = 500
EXTRA_LIMIT = 16_000
_DEPTH, _BREADTH = 6, 50

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PERSONAL = re.compile(
    r"account(id)?|acknowledger|actor|address|approver|assigne(d|es?)|attendees?|authors?|avatars?|caller"
    r"|commander|commenter|contacts?|creator|customers?|deployer|displayname|(e)?mails?|emailaddress"
    r"|employee|(first|full|last)name|initiator|ip|login|members?|mobile|on-?call|operator|owners?"
    r"|participants?|people|persons?|phone|pusher|recipients?|reporter|requester|responders?|sender"
    r"|submitter|subscribers?|user(id|name|s)?|watchers?|who"
)
_SECRET = re.compile(
    r"apikey|auth(orization)?|cookie|credentials?|passw(or)?d|secret|session|signature|token"
)
_PERSON_MEMBERS = re.compile(
    r"accountId|displayName|email(Address)?|(first|last)_?[Nn]ame|login|username"
)
_NEVER_KEPT = ("<email>", "<token>", "<key>")
_NAMES = ("name", "value", "summary", "title", "label", "full_name", "key", "id")


def word(value: object) -> str | None:
    """Take a vendor's word (id, status) verbatim; of an object its name, of a list its first."""
    if isinstance(value, list):
        return next((found for member in value if (found := _named(member))), None)
    return _named(value)


def _named(value: object) -> str | None:
    if isinstance(value, dict):
        if is_personal("", value):
            return None
        return next((found for name in _NAMES if (found := _scalar(value.get(name)))), None)
    return _scalar(value)


def _scalar(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    whole = str(value)[: 4 * WORD_LIMIT].replace("\x00", "").strip()
    text = whole[:WORD_LIMIT].rstrip()
    # Scrubbed in full, a build stamp of 14 digits would be `<number>`, the component `Auth: web` a
    # `<secret>`: ids must stay apart, and words must be found in the seeds.
    scrubbed = scrub(whole, WORD_LIMIT)
    return (scrubbed if any(mark in scrubbed for mark in _NEVER_KEPT) else text) or None


def words(value: object) -> list[str]:
    """Take each member of a list as a word; one value is a list of one."""
    members = value if isinstance(value, list) else [value]
    return [found for member in members if (found := _named(member))]


def prose(value: object) -> str | None:
    """Take text that a person wrote, scrubbed."""
    if isinstance(value, dict | list):
        return word(value)
    return scrub(value, TEXT_LIMIT).strip() or None if isinstance(value, str) else word(value)


class Stamps:
    """Reads the stamps of one file as UTC and remembers what was wrong with them."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._unreadable = 0
        self._first = ""
        self._assumed = 0
        self._turned = Sightings()

    def read(self, value: object, *, position: int, field: str) -> datetime | None:
        """Read text or an epoch number as a UTC stamp; None without one or if it is unreadable."""
        if value is None or value == "":
            return None
        try:
            stamp = None if isinstance(value, bool) else parse_stamp(str(value)[:100])
            if stamp is not None and _unset(stamp):
                return None
            if stamp is not None:
                self._assumed += stamp.tzinfo is None and self._context.source_zone is None
                return self._context.to_utc(stamp)
        except (ValueError, OverflowError):  # an offset of days, a year the calendar does not have
            pass
        self._unreadable += 1
        self._first = self._first or f"record {position}, {field}: {scrub(str(value)[:100], 60)}"
        return None

    def take_unreadable(self) -> str:
        """Record, field and text of the first stamp that could not be read since; empty without one."""
        first, self._first, self._unreadable = self._first, "", 0
        return first

    def check_order(self, *stamps: datetime | None, position: int) -> None:
        """Note a record of which something ended before it began."""
        known = [stamp for stamp in stamps if stamp is not None]
        if any(later < before for before, later in pairwise(known)):
            self._turned.see(f"record {position}")

    def warnings(self) -> Iterable[Warn]:
        """Yield at most one of each kind, at the end of a file."""
        if self._unreadable:
            yield Warn(reason=f"{self._unreadable} unreadable stamps; first in {self._first}")
        if self._assumed:
            yield Warn(reason=f"{self._assumed} {ZONE_ASSUMED}", assumed_zones=self._assumed)
        if self._turned.count:
            yield Warn(
                reason=f"{self._turned.count} records end before they begin or are noticed before, so"
                f" their minutes are not counted; first in {self._turned.first}"
            )


def _unset(stamp: datetime) -> bool:
    """Tell no time from a time: Go writes `0001-01-01T00:00:00Z`, others epoch 0 or year 9999."""
    return stamp.year in {1, 9999} or stamp.replace(tzinfo=stamp.tzinfo or UTC).timestamp() == 0


class VendorRecord:
    """One vendor record: a value is asked for under all its names; the rest goes to extra."""

    def __init__(self, fields: Mapping[str, Any], stamps: Stamps, position: int) -> None:
        self._fields = fields
        self._stamps = stamps
        self._position = position
        self._used: set[str] = set()

    def word(self, *names: str) -> str | None:
        """Take the first of the named fields that holds something, verbatim."""
        return next(
            (found for name in names if (found := self._take(name, word(self._fields.get(name))))),
            None,
        )

    def prose(self, *names: str) -> str | None:
        """Take the first of the named fields that holds something, scrubbed."""
        return next(
            (found for name in names if (found := self._take(name, prose(self._fields.get(name))))),
            None,
        )

    def stamp(self, *names: str) -> datetime | None:
        """Take the first of the named fields that holds a readable stamp."""
        for name in names:
            value = self._fields.get(name)
            stamp = self._stamps.read(value, position=self._position, field=name)
            if stamp is not None:
                self._used.add(name)
                return stamp
        return None

    def check_order(self, *stamps: datetime | None) -> None:
        """Note it if one of these, which follow each other, lies before the one before it."""
        self._stamps.check_order(*stamps, position=self._position)

    def has(self, *names: str) -> bool:
        """Tell whether any of the named fields holds anything."""
        return any(self._fields.get(name) not in (None, "", [], {}) for name in names)

    def raw(self, *names: str) -> object:
        """Take the first of the named fields that holds anything, as it is: nothing of it is cleaned."""
        for name in names:
            if self.has(name):
                self._used.add(name)
                return self._fields[name]
        return None

    def only(self, *names: str) -> "VendorRecord":
        """Return the record without any other fields, so that its extra holds none of them."""
        kept = {name: self._fields[name] for name in names if name in self._fields}
        return VendorRecord(kept, self._stamps, self._position)

    def extra(self) -> str | None:
        """Return all other fields as JSON text, scrubbed, without persons and secrets."""
        return extra_json(
            {name: value for name, value in self._fields.items() if name not in self._used}
        )

    def reject(self, reason: str) -> Reject:
        """Refuse the record, showing what may be shown of it."""
        kept = extra_json(self._fields) or ""
        return Reject(position=self._position, reason=reason, excerpt=scrub(kept, 300))

    def _take(self, name: str, found: str | None) -> str | None:
        value = self._fields.get(name)
        if found is not None and not (isinstance(value, list) and len(value) > 1):
            self._used.add(name)  # of a longer list the first is taken here, and all go to extra
        return found


def extra_json(fields: Mapping[str, Any]) -> str | None:
    """Write fields as JSON text in a stable order, cleaned; None if nothing is left."""
    kept: dict[str, Any] = {}
    size, left_out = 0, 0
    for name in sorted(fields):
        if is_personal(name, fields[name]) or (value := _cleaned(fields[name], _DEPTH)) is None:
            continue
        cost = len(msgspec.json.encode(value)) + len(name)
        if size + cost > EXTRA_LIMIT:
            left_out += 1
            continue
        kept[scrub(name, WORD_LIMIT)] = value
        size += cost
    if left_out:
        kept["fields_left_out"] = left_out
    return msgspec.json.encode(kept).decode() if kept else None


def is_personal(name: str, value: object) -> bool:
    """Tell whether a field seems to hold a person or a secret, by its or its members' names."""
    if isinstance(value, dict) and (
        any(map(_PERSON_MEMBERS.fullmatch, value)) or "user" in str(value.get("type")).lower()
    ):
        return True
    said = [part.lower() for part in _WORDS.findall(name)]
    said.append("".join(said))
    if any(map(_SECRET.fullmatch, said)):
        return True
    if "team" in said or (isinstance(value, int) and {"count", "affected"} & set(said)):
        return False  # a team is no person, neither is a number of users
    return any(map(_PERSONAL.fullmatch, said)) or said[-2:-1] == ["by"]


def _cleaned(value: object, depth: int) -> object:
    """Return the value without persons, secrets and empty members; None if nothing is left."""
    if isinstance(value, str):
        return scrub(value, TEXT_LIMIT).strip() or None
    if isinstance(value, int | float):
        return scrub(str(value)) if abs(value) >= 10**14 else value
    if not isinstance(value, dict | list) or not depth:
        return None
    if isinstance(value, list):
        listed = [v for v in value[:_BREADTH] if not is_personal("", v)]
        return [kept for v in listed if (kept := _cleaned(v, depth - 1)) is not None] or None
    named = {k: v for k, v in sorted(value.items())[:_BREADTH] if not is_personal(k, v)}
    return {
        scrub(k, WORD_LIMIT): kept
        for k, v in named.items()
        if (kept := _cleaned(v, depth - 1)) is not None
    } or None
