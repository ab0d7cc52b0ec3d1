-- Grain: one row per incident that was ever published: as it was known last.
select
    source,
    incident_id,
    title,
    service,
    component,
    flow,
    failure_mode,
    severity,
    severity_weight,
    status as incident_status,
    started_at,
    detected_at,
    detected_day,
    resolved_at,
    minutes_to_detect,
    minutes_to_resolve,
    deleted_on
from {{ source('history', 'fct_incidents') }}
