-- Grain: one row per test with a result in the flake window: how often it runs and how long it takes. Its duration is
-- the median of first attempts that passed: a failure ends early or waits for its time-out (scores.md section 5).
with runs as (

    select
        outcomes.test_id,
        min(outcomes.runtime) as runtime,
        cast(count(*) as bigint) as runs,
        avg(outcomes.attempts - 1.0e0) as extra_attempts
    from {{ ref('int_test_runs__outcomes') }} as outcomes
    cross join {{ ref('int_run__as_of') }} as run
    where
        outcomes.run_day <= run.as_of
        and outcomes.run_day > {{ before_window(threshold('flake_window_days')) }}
    group by outcomes.test_id

),

durations as (

    select
        attempts.test_id,
        cast(count(*) as bigint) as timed_runs,
        percentile_cont(0.5e0) within group (order by attempts.duration_ms asc) as p50_ms
    from {{ ref('int_test_attempts__keyed') }} as attempts
    where
        attempts.attempt = 1
        and attempts.status = 'passed'
        and attempts.duration_ms is not null
        and attempts.run_day > {{ before_window(threshold('flake_window_days')) }}
    group by attempts.test_id

),

-- Weeks that CI results are known for: a project that began last week does not run its tests a quarter as often.
observed as (

    select
        least(
            {{ threshold('flake_window_days') }}, {{ days_between('observed.observed_from', 'run.as_of') }} + 1
        ) / 7.0e0 as weeks
    from {{ ref('int_ci__observed_range') }} as observed
    cross join {{ ref('int_run__as_of') }} as run

)

select
    runs.test_id,
    coalesce(tests.platform, split_part(runs.runtime, '/', 1), 'none') as platform,
    runs.runs,
    runs.runs / observed.weeks as runs_per_week,
    {{ stable('runs.extra_attempts') }} as extra_attempts,
    durations.timed_runs,
    durations.p50_ms
from runs
inner join durations on runs.test_id = durations.test_id
inner join {{ ref('int_tests__identified') }} as tests on runs.test_id = tests.test_id
cross join observed
