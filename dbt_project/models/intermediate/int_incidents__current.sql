-- Grain: one row per incident, as it was known at the end of the as-of day: of an incident tool, or an issue of a type
-- that the seed issue_types calls an incident.
with components as (

    select distinct component
    from {{ ref('component_flows') }}

),

reported as (

    select
        incidents.*,
        null as own_flow
    from {{ ref('stg_incidents__incidents') }} as incidents
    cross join {{ ref('int_run__as_of') }} as run
    where
        incidents.version_day <= run.as_of
        and coalesce(incidents.detected_day, incidents.version_day) <= run.as_of
    qualify row_number() over (
        partition by incidents.source, incidents.incident_id
        order by
            incidents.updated_at desc nulls last, incidents.version_day desc,
            md5(coalesce(incidents.incident_status, '') || coalesce(incidents.title, '')) asc,
            incidents.resolved_at desc nulls last
    ) = 1

),

latest as (

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
        resolved_at,
        minutes_to_detect,
        minutes_to_resolve,
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
        minutes_to_detect,
        minutes_to_resolve,
        updated_at
    from {{ ref('int_issues__classified') }}
    where issue_kind = 'incident'

)

select
    latest.source,
    latest.incident_id,
    coalesce(components.component, latest.raw_component) as component,
    latest.raw_component,
    coalesce(latest.own_flow, aliases.flow, catalogued.flow) as flow,
    lower(coalesce(latest.failure_mode, 'general')) as failure_mode,
    latest.service,
    coalesce(own.level, shared.level, 'unknown') as severity,
    coalesce(own.weight, shared.weight, 1.0) as severity_weight,
    latest.raw_severity,
    latest.title,
    latest.incident_status,
    latest.started_at,
    coalesce(latest.detected_at, latest.started_at) as detected_at,
    latest.detected_day as detected,
    latest.resolved_at,
    -- Stamps in an impossible order tell no time.
    case when latest.minutes_to_detect >= 0 then latest.minutes_to_detect end as minutes_to_detect,
    case when latest.minutes_to_resolve >= 0 then latest.minutes_to_resolve end as minutes_to_resolve,
    latest.updated_at
from latest
left join components
    on lower(latest.raw_component) = lower(components.component)
left join {{ ref('flow_aliases') }} as aliases
    on latest.raw_component = aliases.alias and aliases.source = 'incidents'
left join {{ ref('int_flows__catalogued') }} as catalogued on lower(latest.raw_component) = catalogued.flow
left join {{ ref('severities') }} as own on latest.raw_severity = own.severity and latest.source = own.source
left join {{ ref('severities') }} as shared on latest.raw_severity = shared.severity and shared.source = '*'
