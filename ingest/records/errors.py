"""The raw shape of errors that an error tracker has grouped."""

from datetime import datetime

from ingest.records.base import Record


class ErrorEvent(Record, kw_only=True):
    """Grain: day x project x error x file x release x environment, as one inbox file tells of it.

    Where a file only tells of all days together, there is one row on the last day the error was
    seen, and its `count` is NULL. `total_count`, `users` and the two stamps are of all days.
    """

    TABLE = "error_events"
    project: str | None = None
    error_id: str  # the tracker's own group
    type: str | None = None  # class of the exception
    title: str | None = None  # scrubbed
    fingerprint: str | None = None  # hash of type and message without numbers, ids and paths
    level: str | None = None
    status: str | None = None
    platform: str | None = None
    component: str | None = None  # a hint: a tag that names one, else the culprit
    file: str | None = None  # as in the stack trace, with / for \ and without host and query
    function: str | None = None
    release: str | None = None
    environment: str | None = None
    count: int | None = None  # events of this day
    total_count: int | None = None
    users: int | None = None
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
