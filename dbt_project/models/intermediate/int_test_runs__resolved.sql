-- Grain: one row per test, CI run and environment: what its attempts came to. Skipped is not a run.
{{ by_day('run_day', 'stg_ci__days') }}
select
    test_id,
    run_id,
    env,
    max(repo) as repo,
    max(sha) as sha,
    max(build) as build,
    max(branch) as branch,
    max(stage) as stage,
    max(pipeline) as pipeline,
    bool_or(is_blocking) as is_blocking,
    max(runtime) as runtime,
    min(started_at) as started_at,
    min(run_day) as run_day,
    cast(count(*) as bigint) as attempts,
    cast(count(*) filter (where status in ('failed', 'error')) as bigint) as failed_attempts,
    min_by(status, attempt) in ('failed', 'error') as is_first_red,
    max_by(status, attempt) in ('failed', 'error') as is_last_red,
    bool_and(status in ('failed', 'error')) as is_red,
    bool_or(status in ('failed', 'error')) and not bool_and(status in ('failed', 'error')) as is_mixed,
    max_by(status, attempt) as last_status,
    {{ half_up('sum(duration_ms)', 3) }} as duration_ms,
    max(case when status in ('failed', 'error') then message end) as message,
    max(case when status in ('failed', 'error') then fingerprint end) as fingerprint
from {{ ref('int_test_attempts__resolved') }}
where status <> 'skipped' and {{ batch_days('run_day') }}
group by test_id, run_id, env
