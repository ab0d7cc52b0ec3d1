-- Grain: as int_usage__by_flow_daily, restricted to the loaded days of the usage window.
select
    usage.flow,
    usage.day,
    usage.platform,
    usage.tier,
    usage.events
from {{ ref('int_usage__by_flow_daily') }} as usage
inner join {{ ref('int_flow_usage__loaded_days') }} as loaded
    on
        usage.flow = loaded.flow
        and usage.day = loaded.day
