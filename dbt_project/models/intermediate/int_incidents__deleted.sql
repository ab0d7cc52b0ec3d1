-- Grain: one row per incident (source, incident_id) that was published once and that no source tells of any more: as it
-- was known last. It counts for nothing, but what was said of it must not be forgotten.
with told as (

    select distinct
        source,
        incident_id
    from {{ ref('stg_incidents__incidents') }}
    union
    select distinct
        source,
        issue_key as incident_id
    from {{ ref('int_issues__classified') }}
    where issue_kind = 'incident'

)

select
    published.source,
    published.incident_id,
    published.title,
    published.service,
    published.component,
    published.flow,
    published.failure_mode,
    published.severity,
    published.severity_weight,
    published.incident_status,
    published.started_at,
    published.detected_at,
    published.detected_day,
    published.resolved_at,
    published.minutes_to_detect,
    published.minutes_to_resolve,
    coalesce(published.deleted_on, run.as_of) as deleted_on
from {{ ref('stg_history__incidents') }} as published
cross join {{ ref('int_run__as_of') }} as run
left join told on published.source = told.source and published.incident_id = told.incident_id
where told.incident_id is null and published.detected_day <= run.as_of
