-- Grain: one row per kept day before the as-of day: how many days ago it was, and whether a trend shows it: all of the
-- last ones, before them the last of each month.
with aged as (

    select
        kept.as_of,
        {{ days_between('kept.as_of', 'run.as_of') }} as age,
        row_number() over (
            partition by extract(year from kept.as_of), extract(month from kept.as_of) order by kept.as_of desc
        ) as from_end_of_month
    from (select distinct as_of from {{ ref('int_history__scores') }}) as kept
    cross join {{ ref('int_run__as_of') }} as run

)

select
    as_of,
    age,
    age <= {{ threshold('trend_days') }} or from_end_of_month = 1 as is_shown
from aged
