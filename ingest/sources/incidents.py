"""Incidents as JSON (one object, a list, `{"incidents": [...]}`, JSON lines) or as CSV.

The field names of common tools are understood; severity and status stay the tool's own words.
Other fields go to `extra_json`. What has an id and no time of an incident is another tool's record.
"""

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from ingest.files.json_documents import unpacked
from ingest.records import Incident
from ingest.source import Context, Item, Reject, Source
from ingest.trackers import exports
from ingest.trackers.versions import version_day
from ingest.vendor_fields import VendorRecord

_ID = ("id", "incident_id", "incidentId", "incident", "key", "number")
# Opsgenie tells when the impact began and ended, and when the incident was opened.
_STARTED = (
    *("started_at", "startedAt", "started", "start_time", "startTime", "start"),
    *("impactStartDate", "impact_start_date", "impact_started_at", "impact_start"),
)
_DETECTED = ("detected_at", "detectedAt", "detected", "opened_at", "openedAt", "opened")
_CREATED = ("createdAt", "created_at", "created")
_RESOLVED = (
    *("resolved_at", "resolvedAt", "resolved", "ended_at", "endedAt", "end_time", "endTime"),
    *("impactEndDate", "impact_end_date", "impact_ended_at", "impact_end"),
)
_SEVERITY = ("severity", "priority", "urgency", "impact")


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Yield an Incident per record; one without an id or a time is a Reject."""
    yield from exports.read(stream, context, _EXPORT)


def _incident(record: VendorRecord, context: Context) -> Incident | Reject:
    incident_id = record.word(*_ID)
    if incident_id is None:
        return record.reject("no id")
    started, detected = record.stamp(*_STARTED), record.stamp(*_DETECTED)
    detected = detected or record.stamp(*_CREATED)
    severity = record.word(*_SEVERITY)
    if reason := _no_incident(record, severity, timed=bool(started or detected)):
        return record.reject(reason)
    resolved = record.stamp(*_RESOLVED)
    record.check_order(started, detected, resolved)
    updated = record.stamp("updated_at", "updatedAt", "updated", "last_status_change_at")
    return Incident(
        day=version_day(context, updated, started, detected, resolved),
        incident_id=incident_id,
        title=record.prose("title", "message", "name", "summary", "short_description"),
        service=record.word(
            "service", "services", "impactedServices", "impacted_services", "business_service"
        ),
        component=record.word("component", "components"),
        failure_mode=record.word("failure_mode", "failureMode"),
        severity=severity,
        status=record.word("status", "state"),
        started_at=started,
        detected_at=detected,
        resolved_at=resolved,
        updated_at=updated,
        extra_json=record.extra(),
    )


def _no_incident(record: VendorRecord, severity: str | None, *, timed: bool) -> str | None:
    """Say why a record is none; every tool's record has an id, and most have a time of creation."""
    if not timed:
        return "no time at which it started or was detected (years 1 and 9999 and epoch 0 are none)"
    if severity is None and not record.has(*_STARTED, *_DETECTED):
        return "only a time of creation and no severity: is it an incident?"
    return None


_EXPORT = exports.Export(
    _incident,
    partial(unpacked, lists=("incidents", "incident")),
    (_ID, (*_STARTED, *_DETECTED, *_SEVERITY)),
)

SOURCE = Source("incidents", "incidents", (Incident,), exports.GLOB, parse, version=3)
