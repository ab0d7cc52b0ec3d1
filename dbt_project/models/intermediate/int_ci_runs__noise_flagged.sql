-- Grain: one row per CI run: did the infrastructure fail, rather than the tests (scores.md section 2, step 2)?
with runs as (

    select
        counted.run_id,
        counted.repo,
        counted.run_day,
        counted.tests,
        counted.failed_first,
        counted.mixed
    from {{ ref('int_ci_runs__counted') }} as counted
    cross join {{ ref('int_run__as_of') }} as run
    where counted.run_day <= run.as_of

),

usual as (

    select
        runs.repo,
        percentile_cont(0.5e0) within group (order by {{ ratio('runs.mixed', 'runs.tests') }} asc) as median_mixed_share
    from runs
    cross join {{ ref('int_run__as_of') }} as run
    where runs.run_day > {{ days_before('run.as_of', threshold('flake_window_days')) }}
    group by runs.repo

)

select
    runs.run_id,
    runs.repo,
    runs.run_day,
    runs.tests,
    runs.failed_first,
    runs.mixed,
    (
        runs.failed_first >= {{ threshold('noisy_min_tests') }}
        and {{ ratio('runs.failed_first', 'runs.tests') }} > {{ threshold('noisy_failed_share') }}
    )
    or (
        runs.mixed >= {{ threshold('noisy_min_tests') }}
        and {{ ratio('runs.mixed', 'runs.tests') }}
        > greatest({{ threshold('noisy_mixed_share') }}, 3 * coalesce(usual.median_mixed_share, 0))
    ) as noisy
from runs
left join usual on runs.repo = usual.repo
