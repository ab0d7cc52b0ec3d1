-- Grain: one row per period and number of days after which a gap was closed or last seen open: the share of gaps that
-- stay open longer, by Kaplan and Meier. An open gap counts for the days that it is known to have been open.
with by_days as (

    select
        period,
        days,
        count(*) as gaps,
        count(*) filter (where is_closed) as closed
    from {{ ref('int_gaps__by_period') }}
    group by period, days

),

at_risk as (

    select
        period,
        days,
        closed,
        sum(gaps) over (partition by period order by days desc rows unbounded preceding) as at_risk
    from by_days

),

multiplied as (

    select
        *,
        coalesce(sum(case when closed < at_risk then ln(1 - cast(closed as double) / at_risk) end) over (
            partition by period order by days asc rows unbounded preceding
        ), 0) as log_survival,
        max(case when closed = at_risk then 1 else 0 end) over (
            partition by period order by days asc rows unbounded preceding
        ) as has_ended
    from at_risk

)

select
    period,
    days,
    cast(closed as bigint) as closed,
    cast(at_risk as bigint) as at_risk,
    -- The product of 1 - closed / at_risk; where the last ones at risk are closed it is 0, which has no logarithm.
    case when has_ended = 1 then 0.0e0 else {{ stable('exp(log_survival)') }} end as survival
from multiplied
