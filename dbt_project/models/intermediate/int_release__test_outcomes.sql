-- Grain: one row per test that ran in the newest release-stage build of its repo: did it end red anywhere?
-- A rerun of the build decides for the tests that it ran again.
with by_environment as (

    select
        outcomes.test_id,
        outcomes.env,
        outcomes.repo,
        max_by(outcomes.is_last_red, {{ run_attempt('outcomes.run_id') }}) as is_red
    from {{ ref('int_test_runs__outcomes') }} as outcomes
    inner join {{ ref('int_release__runs') }} as release_runs
        on outcomes.repo = release_runs.repo and outcomes.build = release_runs.build
    where outcomes.stage = 'release'
    group by outcomes.test_id, outcomes.env, outcomes.repo

)

select
    by_environment.test_id,
    tests.flow,
    max(tests.name) as test_name,
    by_environment.repo,
    bool_or(by_environment.is_red) as is_red
from by_environment
inner join {{ ref('int_tests__identified') }} as tests on by_environment.test_id = tests.test_id
group by by_environment.test_id, tests.flow, by_environment.repo
