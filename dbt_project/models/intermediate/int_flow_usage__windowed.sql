-- Grain: one row per flow, loaded day of the usage window, platform, runtime and tier: events of its one source kind.
select
    usage.flow,
    usage.day,
    usage.platform,
    usage.runtime,
    usage.tier,
    cast(sum(usage.events) as bigint) as events
from {{ ref('int_usage__by_flow_daily') }} as usage
inner join {{ ref('int_flow_usage__loaded_days') }} as loaded
    on
        usage.flow = loaded.flow
        and usage.day = loaded.day
group by usage.flow, usage.day, usage.platform, usage.runtime, usage.tier
