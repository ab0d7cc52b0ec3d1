"""The raw shapes: one class per lake table, one instance per row.

Types are those every engine shares: text, whole number, float, boolean, date, timestamp (UTC).
Vendor words (severity, status, event names) stay verbatim: normalising them is the seeds' work.
`day` becomes the partition of the lake; `source`, `_file` are added by the loader. JSON text columns
end in `_json`.
"""

from datetime import date, datetime

from ingest.records.base import Record
from ingest.records.ci import CiRun, FileCoverage, TestAttempt, TestCoverage
from ingest.records.errors import ErrorEvent
from ingest.records.metrics import ServiceMetric
from ingest.records.owners import CodeOwner

__all__ = [
    "TABLES",
    "CiRun",
    "CodeOwner",
    "Commit",
    "ComponentSize",
    "Deployment",
    "ErrorEvent",
    "FileCoverage",
    "Incident",
    "Issue",
    "IssueChange",
    "Load",
    "PropertyCount",
    "Record",
    "RejectRow",
    "RequestLatency",
    "RequestMinute",
    "ServiceMetric",
    "TestAttempt",
    "TestCoverage",
    "UsageCount",
]


class UsageCount(Record, kw_only=True):
    """Grain: day x service x event or route template x dimensions."""

    TABLE = "usage_counts"
    kind: str  # event, request, span, count, transition
    service: str | None = None
    event: str  # event name, or route template of a request
    method: str | None = None
    platform: str | None = None
    browser: str | None = None
    device: str | None = None
    persona: str | None = None
    tier: str | None = None
    version: str | None = None
    locale: str | None = None
    experiment: str | None = None
    actor: str = "user"  # user, synthetic, bot
    count: int
    users: int | None = None  # NULL unless the file is the whole day of the source


class PropertyCount(Record, kw_only=True):
    """Grain: day x event x property: which properties events carry, for the event catalogue's review."""

    TABLE = "property_counts"
    event: str
    property: str
    count: int
    distinct_values: int  # capped at 1,000
    looks_personal: bool


class RequestMinute(Record, kw_only=True):
    """Grain: minute x service x route x method x status class x version x actor."""

    TABLE = "request_minutes"
    minute: datetime
    service: str | None = None
    route: str
    method: str | None = None
    status_class: str | None = None  # 2xx .. 5xx
    version: str | None = None
    actor: str = "user"
    count: int
    bytes: int | None = None
    with_status: int = 0
    with_latency: int = 0
    with_route: int = 0
    with_user: int = 0
    with_tenant: int = 0


class RequestLatency(Record, kw_only=True):
    """Grain: as request_minutes x bucket; bucket = floor(ln(max(ms, 1)) / ln(1.08))."""

    TABLE = "request_latency"
    minute: datetime
    service: str | None = None
    route: str
    method: str | None = None
    status_class: str | None = None
    version: str | None = None
    actor: str = "user"
    bucket: int
    count: int


class Issue(Record, kw_only=True):
    """Grain: one version of one issue."""

    TABLE = "issues"
    key: str
    project: str | None = None
    type: str | None = None
    title: str | None = None
    labels_json: str | None = None
    severity: str | None = None
    priority: str | None = None
    status: str | None = None
    status_category: str | None = None  # the tracker's own: new, indeterminate, done
    component: str | None = None  # the first; all of them in extra_json
    flow_hint: str | None = None
    failure_mode: str | None = None  # of an issue that is an incident
    started_at: datetime | None = None  # so too: when it began, which nobody knew before created_at
    created_at: datetime | None = None
    resolved_at: datetime | None = None
    updated_at: datetime | None = None
    extra_json: str | None = None


class IssueChange(Record, kw_only=True):
    """Grain: one dated status change of an issue."""

    TABLE = "issue_changes"
    key: str
    change_id: str
    field: str
    from_value: str | None = None
    to_value: str | None = None
    changed_at: datetime


class Incident(Record, kw_only=True):
    """Grain: one version of one incident."""

    TABLE = "incidents"
    incident_id: str
    service: str | None = None
    component: str | None = None
    failure_mode: str | None = None
    severity: str | None = None
    title: str | None = None
    status: str | None = None
    started_at: datetime | None = None
    detected_at: datetime | None = None
    resolved_at: datetime | None = None
    updated_at: datetime | None = None
    extra_json: str | None = None


class Deployment(Record, kw_only=True):
    """Grain: one version of one deployment."""

    TABLE = "deployments"
    repo: str | None = None
    deployment_id: str
    service: str | None = None
    version: str | None = None
    sha: str | None = None
    environment: str | None = None
    deployed_at: datetime | None = None
    status: str | None = None
    updated_at: datetime | None = None
    extra_json: str | None = None


class Commit(Record, kw_only=True):
    """Grain: one file touched by one commit; a commit that touches none has one row with file NULL."""

    TABLE = "commits"
    repo: str
    sha: str
    committed_at: datetime
    author_hash: str | None = None
    bot: bool = False
    merge: bool = False
    file: str | None = None
    lines_added: int | None = None  # NULL for binary files
    lines_removed: int | None = None


class ComponentSize(Record, kw_only=True):
    """Grain: one file of a repository as a day ended; which component it is of, SQL says."""

    TABLE = "component_sizes"
    repo: str
    sha: str
    file: str
    lines: int | None = None  # all of them, blank ones and comments too; NULL for binary files


class Load(Record, kw_only=True):
    """Grain: one inbox file, as it was last loaded: the ledger. `day` is its folder day."""

    TABLE = "loads"
    family: str
    path: str  # inside the inbox
    fingerprint: str
    parser_version: int
    records_read: int
    user: int = 0
    static: int = 0
    synthetic: int = 0
    bot: int = 0
    dropped: int = 0
    other: int = 0
    duplicate: int = 0
    rejected: int = 0
    rows: int
    partial: bool = (
        False  # something of it is not in the rows: cut off, recovered, a report in it refused
    )
    first_day: date | None = None
    last_day: date | None = None
    parts_json: str  # table -> list of days
    settings_hash: str  # what of the settings the rows depend on (zones, options)
    warnings_json: str | None = None
    lag_days: int | None = None  # how late its source knows of what users did, where it says so
    assumed_zones: int = 0  # times without a zone, read as UTC; those of tests stand in their rows
    removed_on: date | None = None  # the retention took the file out of the inbox; its rows stay


class RejectRow(Record, kw_only=True):
    """Grain: one rejected record of one inbox file (the first 1,000 of a file are kept)."""

    TABLE = "rejects"
    path: str
    member: str | None = None  # the report inside a bundle
    position: int | None = None
    reason: str
    excerpt: str | None = None


TABLES: dict[str, type[Record]] = {
    record.TABLE: record
    for record in (
        UsageCount,
        PropertyCount,
        RequestMinute,
        RequestLatency,
        CiRun,
        TestAttempt,
        FileCoverage,
        TestCoverage,
        Issue,
        IssueChange,
        Incident,
        Deployment,
        Commit,
        ComponentSize,
        CodeOwner,
        ErrorEvent,
        ServiceMetric,
        Load,
        RejectRow,
    )
}
"""Every lake table by name."""
