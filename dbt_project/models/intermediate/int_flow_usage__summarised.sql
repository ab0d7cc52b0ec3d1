-- Grain: one row per flow of the catalogue: its usage in the window up to the as-of day.
with loaded_days as (

    select
        coalesce(loaded.usage_basis, '') as usage_basis,
        loaded.day
    from {{ ref('int_usage__loaded_days') }} as loaded
    cross join {{ ref('int_run__as_of') }} as run
    where
        loaded.day <= run.as_of
        and loaded.day > {{ days_before('run.as_of', threshold('usage_window_days')) }}

),

flows as (

    select
        flow,
        coalesce(usage_basis, '') as usage_basis
    from {{ ref('int_flows__catalogued') }}

),

windowed as (

    select usage.*
    from {{ ref('int_usage__by_flow_daily') }} as usage
    inner join flows on usage.flow = flows.flow
    inner join loaded_days
        on
            usage.day = loaded_days.day
            and flows.usage_basis = loaded_days.usage_basis

),

daily as (

    select
        flow,
        day,
        sum(events) as events
    from windowed
    group by flow, day

),

-- Zero-filled on loaded days only.
filled as (

    select
        flows.flow,
        loaded_days.day,
        cast(coalesce(daily.events, 0) as double) as events
    from flows
    inner join loaded_days on flows.usage_basis = loaded_days.usage_basis
    left join daily on flows.flow = daily.flow and loaded_days.day = daily.day

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
    from windowed
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
        {{ ratio('sum(windowed.events * tiers.weight)', 'sum(windowed.events)') }} as customer_tier_weight
    from windowed
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
from flows
left join p95 on flows.flow = p95.flow
left join dominance on flows.flow = dominance.flow
left join tier_weight on flows.flow = tier_weight.flow
