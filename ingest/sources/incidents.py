"""Incidents as JSON: one object, a list, `{"incidents": [...]}` or JSON lines.

The field names of common tools are understood; severity and status stay the tool's own words.
"""

from collections.abc import Iterator
from typing import BinaryIO

from ingest.files.json_documents import objects
from ingest.records import Incident
from ingest.source import Context, Item, Reject, Source
from ingest.vendor_fields import Stamps, VendorRecord


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Yield an Incident per object; an object without an id is a Reject."""
    stamps = Stamps(context)
    for found in objects(stream, ("incidents", "incident")):
        if isinstance(found, Reject):
            yield found
            continue
        position, fields = found
        yield _incident(VendorRecord(fields, stamps, position), context)
    yield from stamps.warnings()


def _incident(record: VendorRecord, context: Context) -> Incident | Reject:
    incident_id = record.word("id", "incident_id", "incidentId", "key")
    if incident_id is None:
        return record.reject("no id")
    # Opsgenie tells when the impact began and ended, and when the incident was opened.
    started = record.stamp(
        "started_at", "startedAt", "started", "impactStartDate", "impact_started_at"
    )
    detected = record.stamp(
        "detected_at", "detectedAt", "detected", "createdAt", "created_at", "created"
    )
    resolved = record.stamp(
        "resolved_at", "resolvedAt", "resolved", "impactEndDate", "impact_ended_at"
    )
    updated = record.stamp("updated_at", "updatedAt", "updated", "last_status_change_at")
    known = [stamp for stamp in (started, detected, resolved) if stamp]
    return Incident(
        # A version cannot have been known before the last thing it tells of.
        day=context.day_of(updated or max(known, default=None)),
        incident_id=incident_id,
        title=record.prose("title", "message", "name", "summary"),
        service=record.word("service", "services", "impactedServices", "impacted_services"),
        component=record.word("component", "components"),
        failure_mode=record.word("failure_mode", "failureMode"),
        severity=record.word("severity", "priority", "urgency", "impact"),
        status=record.word("status", "state"),
        started_at=started,
        detected_at=detected,
        resolved_at=resolved,
        updated_at=updated,
        extra_json=record.extra(),
    )


SOURCE = Source("incidents", "incidents", (Incident,), ("*.json", "*.jsonl", "*.ndjson"), parse)
