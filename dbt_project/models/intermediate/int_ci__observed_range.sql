-- Grain: one row: the first and the last day of which any CI run is known. Before it nobody knows whether tests failed.
select
    min(outcomes.run_day) as observed_from,
    max(outcomes.run_day) as observed_to
from {{ ref('int_test_runs__outcomes') }} as outcomes
cross join {{ ref('int_run__as_of') }} as run
where outcomes.run_day <= run.as_of
