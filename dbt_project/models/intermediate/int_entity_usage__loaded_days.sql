-- Grain: one row per scored entity (grain, entity, runtime) and loaded day of the usage window.
-- A component's day counts when it was loaded for each of its flows of which any usage is known.
with known_flows as (

    select distinct flow
    from {{ ref('int_flow_usage__loaded_days') }}

),

component_flows_known as (

    select
        entities.entity,
        entities.flow,
        count(*) over (partition by entities.entity) as needed
    from {{ ref('int_entities__flows') }} as entities
    inner join known_flows on entities.flow = known_flows.flow
    where entities.grain = 'component'

),

runtimes as (

    select
        flow,
        runtime
    from {{ ref('int_flow_usage__windowed') }}
    where runtime is not null
    union
    -- web/safari is web, too.
    select
        flow,
        platform as runtime
    from {{ ref('int_flow_usage__windowed') }}
    where platform <> runtime

)

select
    'flow' as grain,
    flow as entity,
    'all' as runtime,
    day
from {{ ref('int_flow_usage__loaded_days') }}
union all
select
    'flow_runtime' as grain,
    runtimes.flow as entity,
    runtimes.runtime,
    loaded.day
from runtimes
inner join {{ ref('int_flow_usage__loaded_days') }} as loaded on runtimes.flow = loaded.flow
union all
select
    'component' as grain,
    known.entity,
    'all' as runtime,
    loaded.day
from component_flows_known as known
inner join {{ ref('int_flow_usage__loaded_days') }} as loaded on known.flow = loaded.flow
group by known.entity, known.needed, loaded.day
having count(*) = known.needed
