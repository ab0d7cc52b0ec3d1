-- Grain: one row per version of an incident.
-- A table, because several models read it and the lake keeps it in many small files.
{{ config(materialized='table') }}
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
    min(delivery_number) as delivery_number
from {{ told('incidents') }}
{{ group_by_first(17) }}
