"""Atlassian Statuspage incidents: lists of the manage API v1, pages of the public API v2, webhooks.

`GET /v1/pages/{id}/incidents` answers a bare list, `/api/v2/incidents.json` one in `incidents`.
`started_at` is when it began, `created_at` when it was put on the page, which counts as detection.
Severity is the impact. Scheduled maintenance stands in the same lists and is no incident: it is
left out and counted. Texts of updates and postmortems are not kept.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO

from ingest.files.json_documents import Fields, members
from ingest.records import Incident
from ingest.source import Context, Item, Reject, Source, Tally, Warn
from ingest.trackers.answers import records_of
from ingest.trackers.exports import built
from ingest.trackers.versions import version_day
from ingest.vendor_fields import Stamps, VendorRecord

_READ = ("id", "name", "status", "impact_override", "impact", "components")
_STAMPS = ("started_at", "created_at", "resolved_at", "updated_at")
_EXTRA = ("shortlink", "monitoring_at", "page_id")
_incidents_of = partial(records_of, vendor="Statuspage", lists=("incidents", "incident"))
_PLANNED = ("scheduled", "in_progress", "verifying", "completed")
"""States of maintenance; those of an incident are investigating, identified, monitoring, resolved."""


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Yield an Incident per incident; one without an id or a time is a Reject."""
    stamps, counted = Stamps(context), _Counted()
    found = counted.unplanned(members(stream, _incidents_of))
    for item in built(found, context, _incident, stamps=stamps):
        counted.rows += isinstance(item, Incident)
        yield item
    yield Tally(read=counted.read, user=counted.rows, other=counted.planned)
    if counted.planned:
        yield Warn(reason=f"{counted.planned} scheduled maintenances left out: no incidents")
    yield from stamps.warnings()


class _Counted:
    """Records of a file, and which of them are maintenance."""

    def __init__(self) -> None:
        self.read = self.planned = self.rows = 0

    def unplanned(
        self, found: Iterable[tuple[int, Fields] | Reject]
    ) -> Iterator[tuple[int, Fields] | Reject]:
        """Pass on everything but maintenance, counting both."""
        for one in found:
            self.read += 1
            if isinstance(one, Reject) or not _is_planned(one[1]):
                yield one
            else:
                self.planned += 1


def _is_planned(incident: Mapping[str, Any]) -> bool:
    return (
        bool(incident.get("scheduled_for"))
        or incident.get("impact") == "maintenance"
        or incident.get("status") in _PLANNED
    )


def _incident(record: VendorRecord, context: Context) -> Incident | Reject:
    if not record.has("impact", "incident_updates", "shortlink"):
        return record.reject("no impact, updates or link: is it Statuspage's?")
    record = record.only(*_READ, *_STAMPS, *_EXTRA)
    incident_id = record.word("id")
    started, detected = record.stamp("started_at"), record.stamp("created_at")
    if incident_id is None or not (started or detected):
        return record.reject("no id" if incident_id is None else "no time at which it started")
    resolved, updated = record.stamp("resolved_at"), record.stamp("updated_at")
    return Incident(
        day=version_day(context, updated, started, detected, resolved),
        incident_id=incident_id,
        title=record.prose("name"),
        component=record.word("components"),
        severity=record.word("impact_override", "impact"),
        status=record.word("status"),
        started_at=started,
        detected_at=detected,
        resolved_at=resolved,
        updated_at=updated,
        extra_json=record.extra(),
    )


SOURCE = Source("statuspage", "incidents", (Incident,), ("*.json", "*.jsonl", "*.ndjson"), parse)
