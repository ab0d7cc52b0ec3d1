-- Grain: one row per metric, flow and day of which it is known: the figure that an anomaly is looked for in. A share of
-- fewer than anomaly_min_events says nothing of its day, and a day that was not loaded has no use, not none.
with used as (

    select
        loaded.flow,
        loaded.day,
        sum(usage.events) as events
    from {{ ref('int_flow_days__loaded') }} as loaded
    inner join {{ ref('int_flows__catalogued') }} as flows
        on loaded.flow = flows.flow and loaded.usage_basis = flows.usage_basis
    left join {{ ref('int_usage__by_flow_daily') }} as usage
        on loaded.flow = usage.flow and loaded.day = usage.day
    group by loaded.flow, loaded.day

),

told as (

    select
        flow,
        usage_day as day,
        sum(case when role = 'started' then events else 0 end) as started,
        sum(case when role = 'completed' then events else 0 end) as completed,
        sum(case when role = 'frustration' then events else 0 end) as frustrated,
        sum(case when role in ('started', 'performed') then events else 0 end) as begun,
        -- Nobody knows how many completed a flow whose event for that was never sent.
        bool_or(bool_or(role = 'completed')) over (partition by flow) as is_ever_completed
    from {{ ref('int_usage__flow_counts') }}
    where kind = 'event' and actor = 'user' and flow is not null
    group by flow, usage_day

),

measured as (

    select
        'usage' as metric,
        flow,
        day,
        coalesce(events, 0) as part,
        null as whole
    from used
    union all
    select
        'errors' as metric,
        flow,
        day,
        failed as part,
        requests as whole
    from {{ ref('int_flow_days__answered') }}
    union all
    select
        'drop_off' as metric,
        flow,
        day,
        greatest(started - completed, 0) as part,
        started as whole
    from told
    where is_ever_completed
    union all
    select
        'frustration' as metric,
        flow,
        day,
        frustrated as part,
        begun as whole
    from told
    union all
    select
        'support' as metric,
        flow,
        day,
        tickets as part,
        null as whole
    from {{ ref('int_support_days__counted') }}

),

known as (

    select
        *,
        case when whole is null then cast(part as double) else {{ ratio('part', 'whole') }} end as value
    from measured

)

select
    measured.metric,
    measured.flow,
    measured.day,
    cast(measured.part as bigint) as part,
    cast(measured.whole as bigint) as whole,
    measured.value,
    row_number() over (partition by measured.metric, measured.flow order by measured.day asc) as n
from known as measured
cross join {{ ref('int_run__as_of') }} as run
where
    measured.day <= run.as_of
    and (measured.whole is null or measured.whole >= {{ threshold('anomaly_min_events') }})
