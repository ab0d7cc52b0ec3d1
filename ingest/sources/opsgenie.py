"""Opsgenie incidents: answers of `GET /v1/incidents` (`{"data": [...]}`), one of them, or JSON lines.

`impactStartDate` and `impactEndDate` are when customers felt it, `createdAt` is when it was opened,
which counts as detection. Impacted services come as ids. The component is that of a tag
`component:cart` or of the extra property `component`. Alerts, which have much the same members, are
no incidents.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from ingest.files.json_documents import members
from ingest.records import Incident
from ingest.source import Context, Item, Reject, Source
from ingest.trackers.answers import records_of
from ingest.trackers.exports import built
from ingest.trackers.labels import component_hint
from ingest.trackers.versions import version_day
from ingest.vendor_fields import Stamps, VendorRecord, word, words

_READ = ("id", "message", "priority", "status", "impactedServices", "component")
_STAMPS = ("impactStartDate", "createdAt", "impactEndDate", "updatedAt")
_EXTRA = ("tinyId", "tags", "ownerTeam", "links", "extraProperties")
_OF_ALERTS = {"alias", "isSeen", "lastOccurredAt"}


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Yield an Incident per incident; one without an id or a time is a Reject."""
    stamps = Stamps(context)
    yield from built(members(stream, _incidents_of), context, _incident, stamps=stamps)
    yield from stamps.warnings()


def _incidents_of(document: object) -> Iterator[Any]:
    return map(_with_component, records_of(document, "Opsgenie", lists=("data",)))


def _with_component(incident: object) -> object:
    if not isinstance(incident, dict):
        return incident
    own = incident.get("extraProperties")
    told = word(own.get("component")) if isinstance(own, dict) else None
    return {**incident, "component": component_hint(words(incident.get("tags"))) or told}


def _incident(record: VendorRecord, context: Context) -> Incident | Reject:
    if record.has(*_OF_ALERTS):
        return record.reject("an alert, expected an incident")
    if not record.has("message", "impactStartDate", "impactedServices"):
        return record.reject("no message, impact start or services: is it Opsgenie's?")
    record = record.only(*_READ, *_STAMPS, *_EXTRA)
    incident_id = record.word("id")
    started, detected = record.stamp("impactStartDate"), record.stamp("createdAt")
    if incident_id is None or not (started or detected):
        return record.reject("no id" if incident_id is None else "no time at which it started")
    resolved, updated = record.stamp("impactEndDate"), record.stamp("updatedAt")
    return Incident(
        day=version_day(context, updated, started, detected, resolved),
        incident_id=incident_id,
        title=record.prose("message"),
        service=record.word("impactedServices"),
        component=record.word("component"),
        severity=record.word("priority"),
        status=record.word("status"),
        started_at=started,
        detected_at=detected,
        resolved_at=resolved,
        updated_at=updated,
        extra_json=record.extra(),
    )


SOURCE = Source("opsgenie", "incidents", (Incident,), ("*.json", "*.jsonl", "*.ndjson"), parse)
