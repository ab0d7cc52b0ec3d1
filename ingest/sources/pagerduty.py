"""PagerDuty incidents: pages of REST v2 `GET /incidents`, or webhooks v3 (`{"event": {...}}`).

`created_at` is when an incident was triggered, which is all that is known of its beginning: it is
the time of detection, and the start stays unknown. Its end is `resolved_at` where the account's
payload has it, else the `resolve_log_entry` of `log_entries` (`include[]=...`), else
`last_status_change_at` once the status is `resolved`. Severity is the priority (P1), without one
the urgency. The service is its component too: PagerDuty has nothing finer.
"""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from ingest.files.json_documents import members
from ingest.records import Incident
from ingest.source import Context, FormatError, Item, Reject, Source
from ingest.trackers.answers import records_of
from ingest.trackers.exports import built
from ingest.trackers.versions import version_day
from ingest.vendor_fields import Stamps, VendorRecord

_READ = ("id", "title", "summary", "status", "urgency", "priority", "service")
_STAMPS = ("created_at", "updated_at", "last_status_change_at", "resolved_at")
_EXTRA = ("incident_number", "number", "html_url", "teams", "escalation_policy", "alert_counts")


def parse(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Yield an Incident per incident; one without an id or its time of creation is a Reject."""
    stamps = Stamps(context)
    yield from built(members(stream, _incidents_of), context, _incident, stamps=stamps)
    yield from stamps.warnings()


def _incidents_of(document: object) -> Iterator[Any]:
    for page in document if isinstance(document, list) else [document]:
        event = page.get("event") if isinstance(page, dict) else None
        if isinstance(event, dict):
            yield _of_webhook(event)
        else:
            yield from map(
                _with_end, records_of(page, "PagerDuty", lists=("incidents", "incident"))
            )


def _of_webhook(event: Mapping[str, Any]) -> object:
    """Return the incident of an event; a webhook's data do not tell when they changed."""
    data = event.get("data")
    if not isinstance(data, dict) or not str(event.get("event_type")).startswith("incident."):
        kind = str(event.get("event_type"))[:40]
        raise FormatError(f"a webhook of PagerDuty about '{kind}', expected one of an incident")
    changed = {"last_status_change_at": event.get("occurred_at")}
    return _with_end(
        {**changed, **{name: value for name, value in data.items() if value is not None}}
    )


def _with_end(incident: object) -> object:
    """Return the incident with the end that its log tells of, where it has no other."""
    if not isinstance(incident, dict):
        return incident
    entries = incident.get("log_entries")
    ends = [
        str(entry.get("created_at"))
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and "resolve_log_entry" in str(entry.get("type"))
    ]
    return {**incident, "resolved_at": incident.get("resolved_at") or max(ends, default=None)}


def _incident(record: VendorRecord, context: Context) -> Incident | Reject:
    if not record.has("urgency", "service", "incident_number", "number"):
        return record.reject("no urgency, service or number: is it PagerDuty's?")
    record = record.only(*_READ, *_STAMPS, *_EXTRA)
    incident_id = record.word("id")
    detected = record.stamp("created_at")
    if incident_id is None or detected is None:
        return record.reject("no id" if incident_id is None else "no time of creation")
    status, changed = record.word("status"), record.stamp("last_status_change_at")
    ended = record.stamp("resolved_at") or changed
    resolved = ended if status == "resolved" else None
    updated = record.stamp("updated_at") or changed
    service = record.word("service")
    return Incident(
        day=version_day(context, updated, detected, resolved),
        incident_id=incident_id,
        title=record.prose("title", "summary"),
        service=service,
        component=service,
        severity=record.word("priority", "urgency"),
        status=status,
        detected_at=detected,
        resolved_at=resolved,
        updated_at=updated,
        extra_json=record.extra(),
    )


SOURCE = Source("pagerduty", "incidents", (Incident,), ("*.json", "*.jsonl", "*.ndjson"), parse)
