-- Grain: one row per scored entity (grain, entity, runtime) with loaded days: its usage in the window.
with daily as (

    select
        grain,
        entity,
        runtime,
        day,
        sum(events) as events
    from {{ ref('int_entity_usage__windowed') }}
    group by grain, entity, runtime, day

),

-- Zero-filled on loaded days only.
p95 as (

    select
        loaded.grain,
        loaded.entity,
        loaded.runtime,
        cast(count(*) as bigint) as loaded_days,
        max(loaded.day) as last_loaded_day,
        percentile_cont(0.95e0) within group (order by cast(coalesce(daily.events, 0) as double) asc) as usage_p95,
        cast(coalesce(sum(daily.events), 0) as bigint) as usage_total
    from {{ ref('int_entity_usage__loaded_days') }} as loaded
    left join daily
        on
            loaded.grain = daily.grain
            and loaded.entity = daily.entity
            and loaded.runtime = daily.runtime
            and loaded.day = daily.day
    group by loaded.grain, loaded.entity, loaded.runtime

),

by_platform as (

    select
        grain,
        entity,
        runtime,
        platform,
        sum(events) as events
    from {{ ref('int_entity_usage__windowed') }}
    where platform is not null
    group by grain, entity, runtime, platform

),

-- Of an entity the share of its largest platform; of a flow's runtime its own share of the whole flow.
dominance as (

    select
        grain,
        entity,
        runtime,
        platform as dominant_platform,
        {{ ratio(
            'events',
            "sum(case when runtime = 'all' then events end) over (partition by replace(grain, '_runtime', ''), entity)"
        ) }} as platform_dominance
    from by_platform
    qualify row_number() over (partition by grain, entity, runtime order by events desc, platform asc) = 1

),

tier_weight as (

    select
        windowed.grain,
        windowed.entity,
        windowed.runtime,
        {{ stable(ratio('sum(windowed.events * tiers.weight)', 'sum(windowed.events)')) }} as customer_tier_weight
    from {{ ref('int_entity_usage__windowed') }} as windowed
    inner join {{ ref('tiers') }} as tiers on windowed.tier = tiers.tier
    group by windowed.grain, windowed.entity, windowed.runtime

)

select
    p95.grain,
    p95.entity,
    p95.runtime,
    p95.loaded_days,
    p95.last_loaded_day,
    case when p95.loaded_days >= {{ threshold('usage_min_loaded_days') }} then p95.usage_p95 end as usage_p95,
    p95.usage_total,
    dominance.platform_dominance,
    dominance.dominant_platform,
    tier_weight.customer_tier_weight
from p95
left join dominance
    on p95.grain = dominance.grain and p95.entity = dominance.entity and p95.runtime = dominance.runtime
left join tier_weight
    on p95.grain = tier_weight.grain and p95.entity = tier_weight.entity and p95.runtime = tier_weight.runtime
