-- Grain: one row per flow of the catalogue: its usage in the window up to the as-of day.
with daily as (

    select
        flow,
        day,
        sum(events) as events
    from {{ ref('int_flow_usage__windowed') }}
    group by flow, day

),

-- Zero-filled on loaded days only.
filled as (

    select
        loaded.flow,
        loaded.day,
        cast(coalesce(daily.events, 0) as double) as events
    from {{ ref('int_flow_usage__loaded_days') }} as loaded
    left join daily on loaded.flow = daily.flow and loaded.day = daily.day

),

p95 as (

    select
        flow,
        cast(count(*) as bigint) as loaded_days,
        max(day) as last_loaded_day,
        percentile_cont(0.95) within group (order by events asc) as usage_p95,
        cast(sum(events) as bigint) as usage_total
    from filled
    group by flow

),

by_platform as (

    select
        flow,
        platform,
        sum(events) as events
    from {{ ref('int_flow_usage__windowed') }}
    where platform is not null
    group by flow, platform

),

dominance as (

    select
        flow,
        platform as dominant_platform,
        {{ ratio('events', 'sum(events) over (partition by flow)') }} as platform_dominance
    from by_platform
    qualify row_number() over (partition by flow order by events desc, platform asc) = 1

),

tier_weight as (

    select
        windowed.flow,
        {{ stable(ratio('sum(windowed.events * tiers.weight)', 'sum(windowed.events)')) }} as customer_tier_weight
    from {{ ref('int_flow_usage__windowed') }} as windowed
    inner join {{ ref('tiers') }} as tiers on windowed.tier = tiers.tier
    group by windowed.flow

)

select
    flows.flow,
    coalesce(p95.loaded_days, 0) as loaded_days,
    p95.last_loaded_day,
    case when p95.loaded_days >= {{ threshold('usage_min_loaded_days') }} then p95.usage_p95 end as usage_p95,
    p95.usage_total,
    dominance.platform_dominance,
    dominance.dominant_platform,
    tier_weight.customer_tier_weight
from {{ ref('int_flows__catalogued') }} as flows
left join p95 on flows.flow = p95.flow
left join dominance on flows.flow = dominance.flow
left join tier_weight on flows.flow = tier_weight.flow
