-- Grain: one row per kept day before the as-of day, grain, entity and runtime: risk as it was told on that day.
{{ config(materialized='view') }}
select kept.*
from {{ ref('stg_history__scores') }} as kept
cross join {{ ref('int_run__as_of') }} as run
where kept.as_of < run.as_of
