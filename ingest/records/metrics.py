"""What is measured of services while they run."""

from datetime import datetime

from ingest.records.base import Record


class ServiceMetric(Record, kw_only=True):
    """Grain: minute x service x metric."""

    TABLE = "service_metrics"
    minute: datetime
    service: str | None = None
    metric: str  # as the settings call it: error_rate, latency_p95_ms, memory_bytes ...
    value: float
