-- Grain: one row per CI run that began up to the as-of day: the day on which its build began. A build that is run again
-- is one build.
select
    runs.repo || '/' || runs.build || '/' || cast(runs.run_attempt as string) as run_id,
    runs.run_day,
    min(runs.run_day) over (partition by runs.repo, runs.build) as build_day
from {{ ref('stg_ci__run_days') }} as runs
cross join {{ ref('int_run__as_of') }} as run
where runs.run_day <= run.as_of
