-- Grain: one row per kept day before the as-of day, grain, entity, runtime and input: what risk was added up from.
{{ config(materialized='view') }}
select kept.*
from {{ ref('stg_history__inputs') }} as kept
cross join {{ ref('int_run__as_of') }} as run
where kept.as_of < run.as_of
