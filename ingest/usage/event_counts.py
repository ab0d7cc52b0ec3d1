"""Analytics events by day, name and dimensions, and which properties they carry.

A file can say anything in a property, so distinct values cost something only up to a limit: of
events, of properties of an event, of values of a dimension, of values remembered.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from ingest.privacy import looks_personal, scrub
from ingest.records import PropertyCount, UsageCount
from ingest.source import Batch
from ingest.usage.event_dimensions import DIMENSIONS, Dimensions

OTHER = "(other)"
MAX_EVENTS, MAX_PROPERTIES, MAX_DIMENSION, MAX_VALUES = 5000, 500, 500, 1000
_NAME, _VALUE = 255, 100
_VERSION = re.compile(
    r"v?[0-9]{1,8}(?:\.[0-9]{1,8}){0,4}(?:[+-][0-9A-Za-z.]{1,20})?|20[0-9]{2}[01][0-9]{9}"
)


class Names:
    """Texts a sender chose freely, scrubbed and cut; beyond so many distinct ones `(other)`."""

    def __init__(self, limit: int, length: int = _VALUE) -> None:
        self._limit, self._length = limit, length
        self._known: dict[str, str] = {}

    def of(self, text: str) -> str:
        """The text as it may be stored."""
        found = self._known.get(text)
        if found is None:
            if len(self._known) >= self._limit:
                return OTHER
            found = self._known[text] = self._scrubbed(text).strip() or "(empty)"
        return found

    def _scrubbed(self, text: str) -> str:
        # `Session: started` is a name and no secret, 5.2.0.1 a version and no address.
        words = text.replace(":", " ")
        if _VERSION.fullmatch(text) or scrub(words) == words:
            return text[: self._length]
        return scrub(text, self._length)


class Event(NamedTuple):
    """One event, as far as it is counted. `user` only makes users countable; it is never stored."""

    day: date
    name: str
    dimensions: Dimensions
    actor: str
    user: str | None
    properties: Mapping[str, Any]


@dataclass(slots=True)
class _Property:
    """What was seen of one property of one event on one day."""

    name: str
    is_reviewed: bool
    count: int = 0
    values: set[str] = field(default_factory=set)
    is_personal: bool = False

    def remember(self, value: object) -> None:
        """Takes note of a value that was perhaps not seen before."""
        if not self.is_reviewed or len(self.values) >= MAX_VALUES:
            return
        text = (value if isinstance(value, str) else repr(value))[:_NAME]
        if text not in self.values:
            self.values.add(text)
            self.is_personal = self.is_personal or looks_personal(self.name, text)


_Key = tuple[date, str, Dimensions, str]


class EventCounts:
    """Counts of one file. `is_reviewed` tells a team's properties from a vendor's book-keeping."""

    def __init__(self, is_reviewed: Callable[[str], bool]) -> None:
        self.actors: Counter[str] = Counter()
        self._is_reviewed = is_reviewed
        self._events = Names(MAX_EVENTS, _NAME)
        self._names = tuple(Names(MAX_DIMENSION) for _ in DIMENSIONS)
        self._stored: dict[Dimensions, Dimensions] = {}
        self._counts: Counter[_Key] = Counter()
        self._users: dict[_Key, set[int]] = {}
        self._user_numbers: dict[str, int] = {}
        self._properties: dict[tuple[date, str], dict[str, _Property]] = {}

    def add(self, event: Event) -> None:
        """Count one event."""
        name = self._events.of(event.name)
        key = event.day, name, self._dimensions(event.dimensions), event.actor
        self.actors[event.actor] += 1
        self._counts[key] += 1
        if event.user is not None:
            # A number for an id, so that sets of millions stay small; neither is ever stored.
            number = self._user_numbers.setdefault(event.user, len(self._user_numbers))
            users = self._users.get(key)
            if users is None:
                self._users[key] = {number}
            else:
                users.add(number)
        known = self._properties.get((event.day, name))
        if known is None:
            known = self._properties[event.day, name] = {}
        for label, value in event.properties.items():
            seen = known.get(label) or self._property(known, label)
            if value is not None:
                seen.count += 1
                if value.__class__ is not str or value not in seen.values:
                    seen.remember(value)

    def _property(self, known: dict[str, _Property], label: str) -> _Property:
        if len(known) >= MAX_PROPERTIES:
            label = OTHER
        return known.setdefault(label, _Property(label, self._is_reviewed(label)))

    def _dimensions(self, given: Dimensions) -> Dimensions:
        found = self._stored.get(given)
        if found is None:
            if len(self._stored) > 100_000:
                self._stored.clear()
            found = self._stored[given] = tuple(
                None if text is None else names.of(text)
                for names, text in zip(self._names, given, strict=True)
            )
        return found

    def rows(self, whole_day: date | None) -> Iterator[Batch]:
        """All rows. Only of `whole_day` is it known how many users there were."""
        keys = sorted(self._counts, key=_order)
        if not keys:
            return
        columns: dict[str, list[Any]] = {
            "day": [day for day, _, _, _ in keys],
            "kind": ["event"] * len(keys),
            "event": [event for _, event, _, _ in keys],
            "actor": [actor for _, _, _, actor in keys],
            "count": [self._counts[key] for key in keys],
            "users": [
                len(self._users[key]) if key in self._users and key[0] == whole_day else None
                for key in keys
            ],
        }
        for number, dimension in enumerate(DIMENSIONS):
            columns[dimension] = [dimensions[number] for _, _, dimensions, _ in keys]
        yield Batch(table=UsageCount, columns=columns)
        yield self._property_rows()

    def _property_rows(self) -> Batch:
        found = [
            (day, event, properties[label])
            for (day, event), properties in sorted(
                self._properties.items(), key=lambda item: item[0]
            )
            for label in sorted(properties)
            if properties[label].is_reviewed and properties[label].count
        ]
        return Batch(
            table=PropertyCount,
            columns={
                "day": [day for day, _, _ in found],
                "event": [event for _, event, _ in found],
                "property": [scrub(seen.name, _NAME) for _, _, seen in found],
                "count": [seen.count for _, _, seen in found],
                "distinct_values": [len(seen.values) for _, _, seen in found],
                "looks_personal": [seen.is_personal for _, _, seen in found],
            },
        )


def _order(key: _Key) -> tuple[date, str, str, list[str]]:
    day, event, dimensions, actor = key
    return day, event, actor, [text or "" for text in dimensions]
