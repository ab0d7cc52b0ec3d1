-- Grain: one row per quarter's day and flow: defects and incidents of the days that followed, by severity.
-- What is known of them today; the horizon is over on the as-of day.
with events as (

    select
        flow,
        created_day as day,
        severity_weight,
        'defect' as kind
    from {{ ref('int_defects__by_flow') }}
    union all
    select
        coalesce(incidents.flow, components.flow) as flow,
        incidents.detected as day,
        incidents.severity_weight,
        'incident' as kind
    from {{ ref('int_incidents__current') }} as incidents
    left join {{ ref('int_components__flows') }} as components
        on incidents.flow is null and incidents.component = components.component

)

select
    days.as_of,
    events.flow,
    {{ stable('sum(events.severity_weight)') }} as outcome,
    cast(count(*) as bigint) as events,
    cast(sum(case when events.kind = 'defect' then 1 else 0 end) as bigint) as defects,
    cast(sum(case when events.kind = 'incident' then 1 else 0 end) as bigint) as incidents
from {{ ref('int_backtest__days') }} as days
inner join events
    on
        days.as_of < events.day
        and events.day <= {{ days_before('days.as_of', '-1 * ' ~ threshold('backtest_horizon_days')) }}
where events.flow is not null
group by days.as_of, events.flow
