-- Grain: one row per incident (source, incident_id) and what of production it may concern: the flows of it or of its
-- component, which are nearer to the fault, and its service.
select
    incidents.source,
    incidents.incident_id,
    'flow' as scope_kind,
    coalesce(incidents.flow, flows.flow) as scope
from {{ ref('int_incidents__timed') }} as incidents
left join {{ ref('int_components__flows') }} as flows
    on incidents.component = flows.component and incidents.flow is null
where coalesce(incidents.flow, flows.flow) is not null
union all
select
    source,
    incident_id,
    'service' as scope_kind,
    service as scope
from {{ ref('int_incidents__timed') }}
where service is not null
