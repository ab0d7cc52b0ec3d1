-- Grain: one row per test, CI run, environment and attempt, under the test's current id. What two formats tell of one
-- CI run counts once; where they differ, both are kept as attempts.
{{ by_day('run_day', 'stg_ci__days', told=['stg_ci__runs']) }}
with attempts as (

    select
        coalesce(renamed.test_id, attempts.test_id) as test_id,
        attempts.run_id,
        coalesce(attempts.sha, runs.sha) as sha,
        attempts.raw_environment,
        attempts.platform_tag,
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
    left join {{ ref('int_test_ids__renamed') }} as renamed on attempts.test_id = renamed.reported_id
    left join {{ ref('stg_ci__runs') }} as runs on attempts.run_id = runs.run_id
    left join {{ ref('int_test_accounts__told_twice') }} as told
        on
            attempts.run_id = told.run_id
            and coalesce(renamed.test_id, attempts.test_id) = told.test_id
            and attempts.source = told.source
            and coalesce(attempts.raw_environment, '') = coalesce(told.raw_environment, '')
    where {{ batch_days('attempts.run_day') }} and told.run_id is null

)

select
    attempts.test_id,
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
    -- Where the environment names no platform, the one that the test named then.
    coalesce({{ runtime('platforms.platform', 'platforms.browser') }}, tagged.platform, attempts.platform_tag)
        as runtime,
    attempts.duration_ms,
    attempts.message,
    attempts.fingerprint,
    attempts.run_day
from attempts
left join {{ ref('platform_aliases') }} as platforms on attempts.raw_environment = platforms.alias
left join {{ ref('platform_aliases') }} as tagged on attempts.platform_tag = tagged.alias
