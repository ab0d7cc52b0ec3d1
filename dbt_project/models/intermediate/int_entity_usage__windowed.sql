-- Grain: one row per scored entity (grain, entity, runtime), flow of it, loaded day, platform, its part (a runtime
-- that was added up) and tier.
with scoped as (

    select
        entities.grain,
        entities.entity,
        'all' as runtime,
        usage.flow,
        usage.day,
        usage.platform,
        usage.runtime as part,
        usage.tier,
        usage.events
    from {{ ref('int_entities__flows') }} as entities
    inner join {{ ref('int_flow_usage__windowed') }} as usage on entities.flow = usage.flow
    union all
    select
        'flow_runtime' as grain,
        flow as entity,
        runtime,
        flow,
        day,
        platform,
        runtime as part,
        tier,
        events
    from {{ ref('int_flow_usage__windowed') }}
    where runtime is not null
    union all
    -- web/safari is web, too.
    select
        'flow_runtime' as grain,
        flow as entity,
        platform as runtime,
        flow,
        day,
        platform,
        runtime as part,
        tier,
        events
    from {{ ref('int_flow_usage__windowed') }}
    where platform <> runtime

)

select scoped.*
from scoped
inner join {{ ref('int_entity_usage__loaded_days') }} as loaded
    on
        scoped.grain = loaded.grain
        and scoped.entity = loaded.entity
        and scoped.runtime = loaded.runtime
        and scoped.day = loaded.day
