-- Grain: one row per kept day before the as-of day: how many days ago it was, and whether a trend shows it: all of the
-- last ones, before them the last of each month.
with aged as (

    select
        kept.day,
        {{ days_between('kept.day', 'run.as_of') }} as age,
        row_number() over (
            partition by extract(year from kept.day), extract(month from kept.day) order by kept.day desc
        ) as from_end_of_month
    from {{ ref('stg_history__days') }} as kept
    inner join {{ ref('int_run__as_of') }} as run on kept.day < run.as_of

)

select
    day as as_of,
    age,
    age <= {{ threshold('trend_days') }} or from_end_of_month = 1 as is_shown
from aged
