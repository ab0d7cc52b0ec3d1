-- Grain: one row per metric of the incident loop and quarter: of incidents detected and tests that came in it.
select
    measured.metric,
    periods.quarter,
    cast(measured.value as double) as value,
    measured.n,
    described.n_of,
    periods.is_complete,
    described.is_in_sample,
    run.as_of
from {{ ref('int_feedback__measured') }} as measured
inner join {{ ref('int_feedback__periods') }} as periods
    on measured.period = periods.period and periods.quarter is not null
inner join {{ ref('int_feedback__described') }} as described on measured.metric = described.metric
cross join {{ ref('int_run__as_of') }} as run
