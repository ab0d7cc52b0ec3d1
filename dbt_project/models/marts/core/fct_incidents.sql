-- Grain: one row per incident, as known on the as-of day; one that was deleted at its source stays, marked.
with flows as (

    select
        component,
        min(flow) as flow,
        cast(count(*) as bigint) as flows
    from {{ ref('int_components__flows') }}
    group by component

)

select
    incidents.source,
    incidents.incident_id,
    incidents.title,
    incidents.service,
    incidents.component,
    coalesce(incidents.flow, case when flows.flows = 1 then flows.flow end) as flow,
    incidents.failure_mode,
    incidents.severity,
    incidents.severity_weight,
    incidents.incident_status as status,
    incidents.started_at,
    incidents.detected_at,
    incidents.detected as detected_day,
    incidents.resolved_at,
    incidents.minutes_to_detect,
    incidents.minutes_to_resolve,
    cast(null as date) as deleted_on
from {{ ref('int_incidents__current') }} as incidents
left join flows on incidents.component = flows.component
union all
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
    incident_status as status,
    started_at,
    detected_at,
    detected_day,
    resolved_at,
    minutes_to_detect,
    minutes_to_resolve,
    deleted_on
from {{ ref('int_incidents__deleted') }}
