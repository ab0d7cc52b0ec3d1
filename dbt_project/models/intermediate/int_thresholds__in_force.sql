-- Grain: one row per threshold, as it is in force on the as-of day.
select
    thresholds.name,
    thresholds.value,
    coalesce(thresholds.mode, 'observe') as mode,
    thresholds.valid_from
from {{ ref('thresholds') }} as thresholds
cross join {{ ref('int_run__as_of') }} as run
where thresholds.valid_from <= coalesce(run.as_of, thresholds.valid_from)
qualify row_number() over (partition by thresholds.name order by thresholds.valid_from desc) = 1
