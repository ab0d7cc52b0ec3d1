-- Grain: one row per incident, as its source told of it at the end of the as-of day: of an incident tool, or an issue
-- of a type that the seed issue_types calls an incident.
with reported as (

    select
        incidents.*,
        null as own_flow,
        -- On the as-of day nobody can know of an end that lies after it.
        coalesce(incidents.resolved_day > run.as_of, false) as is_resolved_ahead
    from {{ ref('stg_incidents__incidents') }} as incidents
    cross join {{ ref('int_run__as_of') }} as run
    where
        (
            incidents.version_day <= run.as_of
            -- One that says of no version when it was written, and whose end lies ahead, is there and not over.
            or (incidents.updated_at is null and incidents.resolved_day > run.as_of)
        )
        and coalesce(incidents.detected_day, incidents.version_day) <= run.as_of
    qualify row_number() over (
        partition by incidents.source, incidents.incident_id
        order by
            case when incidents.version_day <= run.as_of then 0 else 1 end asc,
            incidents.updated_at desc nulls last, incidents.version_day desc,
            md5(coalesce(incidents.incident_status, '') || coalesce(incidents.title, '')) asc,
            incidents.resolved_at desc nulls last
    ) = 1

)

select
    source,
    incident_id,
    raw_component,
    own_flow,
    failure_mode,
    service,
    raw_severity,
    title,
    incident_status,
    started_at,
    detected_at,
    detected_day,
    case when not is_resolved_ahead then resolved_at end as resolved_at,
    is_resolved_ahead,
    minutes_to_detect,
    case when not is_resolved_ahead then minutes_to_resolve end as minutes_to_resolve,
    updated_at
from reported
union all
select
    source,
    issue_key as incident_id,
    raw_component,
    own_flow,
    failure_mode,
    null as service,
    raw_severity,
    title,
    issue_status as incident_status,
    started_at,
    -- Somebody noticed it before writing the issue; how long before, nobody knows.
    created_at as detected_at,
    created_day as detected_day,
    resolved_at,
    false as is_resolved_ahead,
    minutes_to_detect,
    minutes_to_resolve,
    updated_at
from {{ ref('int_issues__classified') }}
where issue_kind = 'incident'
