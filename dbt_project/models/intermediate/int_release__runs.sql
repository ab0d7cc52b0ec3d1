-- Grain: one row per repo: its newest release-stage build up to the as-of day.
select
    runs.repo,
    runs.build,
    runs.sha,
    runs.run_day,
    runs.started_at,
    runs.missing_suites_json,
    {{ days_between('runs.run_day', 'run.as_of') }} as age_days
from {{ ref('stg_ci__runs') }} as runs
cross join {{ ref('int_run__as_of') }} as run
where
    runs.stage = 'release'
    and runs.run_day <= run.as_of
qualify row_number() over (
    partition by runs.repo order by runs.started_at desc nulls last, runs.build desc, runs.run_attempt desc
) = 1
