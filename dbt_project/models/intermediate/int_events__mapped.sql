-- Grain: one row per source and event that the event catalogue or an alias maps to a flow.
with events as (

    select distinct
        source,
        kind,
        event
    from {{ ref('stg_usage__counts') }}
    where kind <> 'request'

)

select
    events.source,
    events.kind,
    events.event,
    coalesce(catalogue.flow, own.flow, shared.flow) as flow,
    coalesce(catalogue.role, 'performed') as role
from events
left join {{ ref('event_catalogue') }} as catalogue on events.event = catalogue.event
left join {{ ref('flow_aliases') }} as own on events.event = own.alias and events.source = own.source
left join {{ ref('flow_aliases') }} as shared on events.event = shared.alias and shared.source = '*'
where coalesce(catalogue.flow, own.flow, shared.flow) is not null
