-- Grain: one row per version of an incident.
-- By day: the lake keeps it in many small files.
{{ by_day('version_day', 'stg_ledger__told_days', told=['stg_ledger__loads'], batch=366) }}
select
    source,
    incident_id,
    service,
    component as raw_component,
    failure_mode,
    lower(severity) as raw_severity,
    title,
    status as incident_status,
    started_at,
    detected_at,
    {{ reporting_day('coalesce(detected_at, started_at)') }} as detected_day,
    resolved_at,
    {{ reporting_day('resolved_at') }} as resolved_day,
    {{ minutes_between('started_at', 'coalesce(detected_at, started_at)') }} as minutes_to_detect,
    -- A pager knows when it rang, not when the fault began: then from detection.
    {{ minutes_between('coalesce(started_at, detected_at)', 'resolved_at') }} as minutes_to_resolve,
    updated_at,
    day as version_day,
    min_by(_file, delivery_number) as file_id
from {{ told('incidents') }}
where {{ batch_days('day') }}
{{ group_by_first(17) }}
