-- Grain: one row per source, kind and event that the event catalogue or an alias maps to a flow: analytics events,
-- spans that know a name and no route, daily counts. Counts may name a flow of the catalogue themselves.
with events as (

    select distinct
        counts.source,
        counts.kind,
        counts.event
    from {{ ref('stg_usage__counts') }} as counts
    where not {{ is_route('counts') }}

)

select
    events.source,
    events.kind,
    events.event,
    coalesce(catalogue.flow, own.flow, shared.flow, named.flow) as flow,
    coalesce(catalogue.role, 'performed') as role
from events
left join {{ ref('event_catalogue') }} as catalogue on events.event = catalogue.event
left join {{ ref('flow_aliases') }} as own on events.event = own.alias and events.source = own.source
left join {{ ref('flow_aliases') }} as shared on events.event = shared.alias and shared.source = '*'
left join {{ ref('flow_catalog') }} as named on events.event = named.flow and events.kind in ('count', 'transition')
where coalesce(catalogue.flow, own.flow, shared.flow, named.flow) is not null
