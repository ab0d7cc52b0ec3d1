-- Grain: one row per test, CI run and environment, up to the as-of day, with the component of the test. Where its
-- environment names no platform, it ran on the one that its test names.
{{ config(materialized='view') }}
select
    outcomes.test_id,
    outcomes.run_id,
    outcomes.env,
    outcomes.repo,
    tests.component,
    outcomes.sha,
    outcomes.build,
    outcomes.branch,
    outcomes.stage,
    outcomes.pipeline,
    outcomes.is_blocking,
    coalesce(outcomes.runtime, tests.platform) as runtime,
    outcomes.started_at,
    outcomes.run_day,
    outcomes.attempts,
    outcomes.failed_attempts,
    outcomes.is_first_red,
    outcomes.is_last_red,
    outcomes.is_red,
    outcomes.is_mixed,
    outcomes.last_status,
    outcomes.duration_ms,
    outcomes.message,
    outcomes.fingerprint
from {{ ref('int_test_runs__resolved') }} as outcomes
inner join {{ ref('int_tests__identified') }} as tests on outcomes.test_id = tests.test_id
where outcomes.run_day <= {{ as_of_day() }}
