-- Grain: one row per version of an issue.
-- By day: the lake keeps it in many small files.
{{ by_day('version_day', 'stg_ledger__told_days', told=['stg_ledger__loads'], batch=366) }}
select
    source,
    key as issue_key,
    project,
    lower(type) as issue_type,
    title,
    labels_json,
    lower(severity) as raw_severity,
    lower(priority) as raw_priority,
    status as issue_status,
    status_category,
    component as raw_component,
    flow_hint,
    failure_mode,
    started_at,
    created_at,
    {{ reporting_day('created_at') }} as created_day,
    resolved_at,
    {{ reporting_day('resolved_at') }} as resolved_day,
    {{ minutes_between('started_at', 'created_at') }} as minutes_to_detect,
    {{ minutes_between('coalesce(started_at, created_at)', 'resolved_at') }} as minutes_to_resolve,
    updated_at,
    day as version_day,
    min_by(_file, delivery_number) as file_id
from {{ told('issues') }}
where {{ batch_days('day') }}
{{ group_by_first(22) }}
