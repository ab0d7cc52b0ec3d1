-- Grain: one row per period and metric of how long gaps stay open: its value and how many gaps it is of. Without any it
-- is unknown.
with medians as (

    select
        period,
        min(days) as days
    from {{ ref('int_gaps__survival') }}
    where survival <= 0.5e0
    group by period

),

counted as (

    select
        periods.period,
        count(gaps.incident_id) as gaps,
        count(*) filter (where gaps.is_closed) as closed,
        avg(case when gaps.is_closed then gaps.days end) as mean_days,
        count(*) filter (where gaps.age_days >= {{ threshold('gap_closure_days') }}) as due,
        count(*) filter (
            where gaps.age_days >= {{ threshold('gap_closure_days') }}
            and gaps.is_closed and gaps.days <= {{ threshold('gap_closure_days') }}
        ) as closed_in_time,
        count(*) filter (
            where gaps.age_days > {{ threshold('gap_closure_days') }} and not gaps.is_closed
        ) as overdue
    from {{ ref('int_feedback__periods') }} as periods
    left join {{ ref('int_gaps__by_period') }} as gaps on periods.period = gaps.period
    group by periods.period

)

select
    counted.period,
    'gap_closure_days' as metric,
    cast(medians.days as double) as value,
    cast(counted.gaps as bigint) as n
from counted
left join medians on counted.period = medians.period
union all
select
    period,
    'gap_closure_days_naive' as metric,
    mean_days as value,
    cast(closed as bigint) as n
from counted
union all
select
    period,
    'gaps_closed_in_14_days' as metric,
    {{ ratio('closed_in_time', 'due') }} as value,
    cast(due as bigint) as n
from counted
union all
select
    period,
    'gaps_overdue' as metric,
    cast(case when gaps > 0 then overdue end as double) as value,
    cast(gaps as bigint) as n
from counted
