-- Grain: one row per day up to the as-of day of which use was counted, for what is stored of it by day.
select
    days.day,
    days.from_day,
    days.until_day,
    days.digest
from {{ ref('stg_usage__days') }} as days
cross join {{ ref('int_run__as_of') }} as run
where days.day <= run.as_of
