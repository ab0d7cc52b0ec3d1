-- Grain: one row per test, CI run, environment and attempt, up to the as-of day, under the test's current id. What
-- two formats tell of one CI run counts once; where they differ, both are kept as attempts.
with attempts as (

    select
        ids.test_id,
        attempts.run_id,
        coalesce(attempts.sha, runs.sha) as sha,
        attempts.raw_environment,
        coalesce(attempts.raw_environment, runs.environment, 'default') as env,
        attempts.reported_attempt,
        attempts.status,
        attempts.started_at,
        attempts.source,
        attempts.repo,
        attempts.build,
        coalesce(attempts.branch, runs.branch) as branch,
        runs.stage,
        runs.pipeline,
        coalesce(runs.is_blocking, false) as is_blocking,
        attempts.duration_ms,
        attempts.message,
        attempts.fingerprint,
        attempts.run_day
    from {{ ref('stg_ci__test_attempts') }} as attempts
    inner join {{ ref('int_test_ids__current') }} as ids on attempts.test_id = ids.reported_id
    left join {{ ref('stg_ci__runs') }} as runs on attempts.run_id = runs.run_id
    left join {{ ref('int_test_accounts__told_twice') }} as told
        on
            attempts.run_id = told.run_id
            and ids.test_id = told.test_id
            and attempts.source = told.source
            and coalesce(attempts.raw_environment, '') = coalesce(told.raw_environment, '')
    cross join {{ ref('int_run__as_of') }} as run
    where attempts.run_day <= run.as_of and told.run_id is null

)

select
    attempts.test_id,
    tests.component,
    attempts.run_id,
    attempts.sha,
    attempts.env,
    cast(row_number() over (
        partition by attempts.run_id, attempts.test_id, attempts.env
        order by
            attempts.reported_attempt asc, attempts.started_at asc nulls last, attempts.status asc,
            attempts.duration_ms asc nulls last, attempts.source asc
    ) as bigint) as attempt,
    attempts.status,
    attempts.started_at,
    attempts.repo,
    attempts.build,
    attempts.branch,
    attempts.stage,
    attempts.pipeline,
    attempts.is_blocking,
    coalesce({{ runtime('platforms.platform', 'platforms.browser') }}, tests.platform) as runtime,
    attempts.duration_ms,
    attempts.message,
    attempts.fingerprint,
    attempts.run_day
from attempts
inner join {{ ref('int_tests__identified') }} as tests on attempts.test_id = tests.test_id
left join {{ ref('platform_aliases') }} as platforms on attempts.raw_environment = platforms.alias
