-- Grain: one row per kept day before the as-of day that a trend shows: all of the last ones, before them the last of
-- each month.
with kept as (

    select distinct as_of
    from {{ ref('int_history__scores') }}

),

numbered as (

    select
        kept.as_of,
        {{ days_between('kept.as_of', 'run.as_of') }} as age,
        row_number() over (
            partition by extract(year from kept.as_of), extract(month from kept.as_of) order by kept.as_of desc
        ) as from_end_of_month
    from kept
    cross join {{ ref('int_run__as_of') }} as run

)

select as_of
from numbered
where age <= {{ threshold('trend_days') }} or from_end_of_month = 1
