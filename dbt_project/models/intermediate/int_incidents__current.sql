-- Grain: one row per incident, as it was known at the end of the as-of day, in our words: component, flow, severity.
with components as (

    select distinct component
    from {{ ref('component_flows') }}

),

flow_homes as (

    select
        flow,
        min(component) as component
    from {{ ref('int_components__flows') }}
    group by flow
    having count(*) = 1

),

guarded as (

    select min(component) as component
    from {{ ref('int_tests__identified') }}
    where component is not null
    group by lower(component)

)

select
    reported.source,
    reported.incident_id,
    -- A name that no component has may be an alias of a flow, and that flow at home in one component only.
    coalesce(
        components.component, flow_homes.component, guarded.component, reported.raw_component
    ) as component,
    reported.raw_component,
    -- Misspelt or of nobody: that no test guards it would be a claim about a name.
    coalesce(components.component, flow_homes.component, guarded.component) is null
    and reported.raw_component is not null as is_component_unknown,
    coalesce(reported.own_flow, aliases.flow, catalogued.flow) as flow,
    lower(coalesce(reported.failure_mode, 'general')) as failure_mode,
    reported.service,
    coalesce(own.level, shared.level, 'unknown') as severity,
    coalesce(own.weight, shared.weight, 1.0e0) as severity_weight,
    reported.raw_severity,
    reported.title,
    reported.incident_status,
    reported.started_at,
    coalesce(reported.detected_at, reported.started_at) as detected_at,
    reported.detected_day as detected,
    reported.resolved_at,
    coalesce(reported.is_resolved_ahead, false) as is_resolved_ahead,
    -- Stamps in an impossible order tell no time.
    case when reported.minutes_to_detect >= 0 then reported.minutes_to_detect end as minutes_to_detect,
    case when reported.minutes_to_resolve >= 0 then reported.minutes_to_resolve end as minutes_to_resolve,
    reported.updated_at
from {{ ref('int_incidents__reported') }} as reported
left join components
    on lower(reported.raw_component) = lower(components.component)
left join guarded on lower(reported.raw_component) = lower(guarded.component)
left join {{ ref('flow_aliases') }} as aliases
    on reported.raw_component = aliases.alias and aliases.source = 'incidents'
left join {{ ref('int_flows__catalogued') }} as catalogued on lower(reported.raw_component) = catalogued.flow
left join flow_homes on coalesce(reported.own_flow, aliases.flow, catalogued.flow) = flow_homes.flow
left join {{ ref('severities') }} as own on reported.raw_severity = own.severity and reported.source = own.source
left join {{ ref('severities') }} as shared on reported.raw_severity = shared.severity and shared.source = '*'
