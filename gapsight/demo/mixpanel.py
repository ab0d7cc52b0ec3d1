"""Mixpanel's raw export: NDJSON, one file per day of the project, whose zone is UTC.

A day of the reporting zone begins before the UTC day, so a file holds the day's events without its
first hours, and the first hours of the next day.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from random import Random
from typing import Any, Literal

import msgspec

from gapsight.demo.access_logs import Counts
from gapsight.demo.operations import version_of
from gapsight.demo.rhythm import LocalDay, daily_count, minute_weights, volume
from gapsight.demo.world import Flow, world

_STARTED_PER_COMPLETED, _FRUSTRATIONS_A_DAY = 1.16, 4
_NO_CONSENT, _TWICE, _BROKEN_SHARE, _PROBES_A_DAY = 0.03, 0.01, 0.3, 48
_USERS = 4000

Part = Literal["night", "day"]
Document = dict[str, Any]


class EventFile(msgspec.Struct):
    """A written export: lines by class, usage by (flow, reporting day), unmapped events."""

    lines: list[bytes]
    counts: Counts
    flows: dict[tuple[str, date], int]
    unmapped: dict[str, int]


def event_file(day: date, *, seed: int, last: bool) -> EventFile:
    """Write the export of a UTC day; the last one was taken before the next reporting day."""
    file = EventFile(lines=[], counts=Counts(), flows={}, unmapped={})
    _Part(file, day, "day", seed=seed).write()
    if not last:
        _Part(file, day + timedelta(days=1), "night", seed=seed).write()
    if (rng := Random(f"{seed}/broken/{day}")).random() < _BROKEN_SHARE:
        file.lines.append(b'{"event": "Product Viewed", "properties": {"time": 17')
        file.counts.rejected += 1
    rng.shuffle(file.lines)  # an export has no order
    file.counts.lines = len(file.lines)
    return file


class _Part:
    """The night or the rest of one reporting day."""

    def __init__(self, file: EventFile, day: date, part: Part, *, seed: int) -> None:
        self.file, self.day, self.part, self.clock = file, day, part, LocalDay(day)
        self.rng = Random(f"{seed}/events/{day}/{part}")
        self.volume = volume(world().product[0], day)
        night = self.clock.offset // 60
        weights = minute_weights()
        self.minutes = range(night) if part == "night" else range(night, len(weights))
        base = 0.0 if part == "night" else weights[night - 1]
        self.weights = [weights[minute] - base for minute in self.minutes]
        self.share = self.weights[-1] / weights[-1]
        self.version = version_of(day - timedelta(days=day.weekday()))

    def write(self) -> None:
        """Write all events of the part."""
        for flow in world().flow:
            for role, event in flow.track.items():
                self._tracked(flow, role, event)
        for event, mean in world().unmapped.events.items():
            count = self._events(event, self._count(mean), mix="balanced")
            self.file.unmapped[event] = self.file.unmapped.get(event, 0) + count
        if self.part == "day":
            self._probes()

    def _count(self, mean: float) -> int:
        return daily_count(self.rng, mean * self.volume * self.share)

    def _tracked(self, flow: Flow, role: str, event: str) -> None:
        mean = {
            "started": flow.usage.events * _STARTED_PER_COMPLETED,
            "frustration": float(_FRUSTRATIONS_A_DAY),
        }.get(role, float(flow.usage.events))
        kept = self._events(event, self._count(mean), mix=flow.usage.mix)
        if role == flow.main_role and kept:
            self.file.flows[flow.name, self.day] = kept

    def _events(self, event: str, count: int, *, mix: str) -> int:
        """Write events and return how many of them count: consented and not sent twice."""
        kept = 0
        for document in self._drawn(event, count, mix):
            line = msgspec.json.encode(document)
            self.file.lines.append(line)
            if not document["properties"]["consent"]:
                self.file.counts.dropped += 1
                continue
            kept += 1
            if self.rng.random() < _TWICE:
                self.file.lines.append(line)
                self.file.counts.duplicate += 1
        self.file.counts.user += kept
        return kept

    def _drawn(self, event: str, count: int, mix: str) -> Iterator[Document]:
        rng, crowd = self.rng, world().crowd
        clients, weights = _spread(mix)
        columns = (
            rng.choices(clients, cum_weights=weights, k=count),
            rng.choices(self.minutes, cum_weights=self.weights, k=count),
            *(rng.choices(tuple(shares), tuple(shares.values()), k=count)
              for shares in (crowd.tiers, crowd.personas, crowd.locales, crowd.variants)),
        )  # fmt: skip
        for client, minute, tier, persona, locale, variant in zip(*columns, strict=True):
            at = self.clock.utc(minute * 60 + int(rng.random() * 60))
            user = f"demo-user-{int(rng.random() * _USERS):05d}"
            seen = world().client[client]
            properties = {
                "time": at,
                "distinct_id": user,
                "$insert_id": f"{rng.getrandbits(64):016x}",
                "mp_processing_time_ms": at * 1000 + 1840,
                "$os": seen.os,
                "$browser": seen.browser,
                "platform": seen.platform,
                "plan": tier,
                "persona": persona,
                "app_version": self.version,
                "locale": locale,
                "variant": variant,
                "consent": rng.random() >= _NO_CONSENT,
            }
            if event == "Promo Banner Viewed":
                # A property that should never have been sent: the privacy review must list it.
                properties["contact"] = "ada.lovelace@example.com"
            yield {"event": event, "properties": properties}

    def _probes(self) -> None:
        for document in self._drawn("Login Completed", _PROBES_A_DAY, "balanced"):
            document["properties"] |= {
                "synthetic": True,
                "consent": True,
                "distinct_id": "synthetic-probe",
            }
            self.file.lines.append(msgspec.json.encode(document))
            self.file.counts.synthetic += 1


@cache
def _spread(mix: str) -> tuple[tuple[str, ...], list[float]]:
    shares = world().mix[mix]
    return tuple(shares), list(accumulate(shares.values()))
