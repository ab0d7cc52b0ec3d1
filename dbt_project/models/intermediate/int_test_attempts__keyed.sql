-- Grain: one row per test, CI run, environment and attempt, up to the as-of day.
select
    tests.test_id,
    tests.component,
    attempts.run_id,
    coalesce(attempts.sha, runs.sha) as sha,
    coalesce(attempts.raw_environment, runs.environment, 'default') as env,
    attempts.attempt,
    attempts.status,
    attempts.started_at,
    attempts.repo,
    attempts.build,
    coalesce(attempts.branch, runs.branch) as branch,
    runs.stage,
    runs.pipeline,
    coalesce(runs.is_blocking, false) as is_blocking,
    coalesce({{ runtime('platforms.platform', 'platforms.browser') }}, tests.platform) as runtime,
    attempts.duration_ms,
    attempts.message,
    attempts.fingerprint,
    attempts.run_day
from {{ ref('stg_ci__test_attempts') }} as attempts
left join {{ ref('test_aliases') }} as aliases on attempts.test_id = aliases.old_id
inner join {{ ref('int_tests__identified') }} as tests
    on coalesce(aliases.new_id, attempts.test_id) = tests.test_id
left join {{ ref('stg_ci__runs') }} as runs on attempts.run_id = runs.run_id
left join {{ ref('platform_aliases') }} as platforms on attempts.raw_environment = platforms.alias
cross join {{ ref('int_run__as_of') }} as run
where attempts.run_day <= run.as_of
