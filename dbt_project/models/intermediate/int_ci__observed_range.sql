-- Grain: one row: the first and the last day of which any CI run is known. Before it nobody knows whether tests failed.
select
    min(counted.run_day) as observed_from,
    max(counted.run_day) as observed_to
from {{ ref('int_ci_runs__counted') }} as counted
cross join {{ ref('int_run__as_of') }} as run
where counted.run_day <= run.as_of
