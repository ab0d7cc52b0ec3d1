-- Grain: one row per input of the risk score, as it is in force on the as-of day.
select
    weights.input,
    weights.weight,
    weights.log_reference,
    weights.valid_from
from {{ ref('score_weights') }} as weights
cross join {{ ref('int_run__as_of') }} as run
where weights.valid_from <= coalesce(run.as_of, weights.valid_from)
qualify row_number() over (partition by weights.input order by weights.valid_from desc) = 1
