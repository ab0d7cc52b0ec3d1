-- Grain: one row per test, CI run, environment and attempt, up to the as-of day, with the component of the test. Where
-- its environment names no platform, it ran on the one that its test names.
{{ config(materialized='view') }}
select
    attempts.test_id,
    tests.component,
    attempts.run_id,
    attempts.sha,
    attempts.env,
    attempts.attempt,
    attempts.status,
    attempts.started_at,
    attempts.repo,
    attempts.build,
    attempts.branch,
    attempts.stage,
    attempts.pipeline,
    attempts.is_blocking,
    coalesce(attempts.runtime, tests.platform) as runtime,
    attempts.duration_ms,
    attempts.message,
    attempts.fingerprint,
    attempts.run_day
from {{ ref('int_test_attempts__resolved') }} as attempts
inner join {{ ref('int_tests__identified') }} as tests on attempts.test_id = tests.test_id
where attempts.run_day <= {{ as_of_day() }}
