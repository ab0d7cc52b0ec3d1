-- Grain: one row per month with CI runs: its first and last day. What is stored of it is made of its days.
select
    cast({{ dbt.date_trunc('month', 'day') }} as date) as day,
    min(day) as from_day,
    max(day) as until_day,
    '' as digest
from {{ ref('stg_ci__days') }}
group by 1
