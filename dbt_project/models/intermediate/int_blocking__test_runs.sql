-- Grain: one row per product (and `all`), test, CI run and environment of blocking pipelines in the release window.
with outcomes as (

    select
        outcomes.*,
        tests.flow,
        runs.noisy,
        outcomes.is_first_red
        and not runs.noisy
        and (
            outcomes.is_mixed
            or coalesce(verdicts.status in ('flaky_confirmed', 'flaky_suspected'), false)
        ) as is_flaky_failing
    from {{ ref('int_test_runs__outcomes') }} as outcomes
    inner join {{ ref('int_tests__identified') }} as tests on outcomes.test_id = tests.test_id
    inner join {{ ref('int_ci_runs__noise_flagged') }} as runs on outcomes.run_id = runs.run_id
    left join {{ ref('int_flake__judged') }} as verdicts on outcomes.test_id = verdicts.test_id
    cross join {{ ref('int_run__as_of') }} as run
    where
        outcomes.is_blocking
        and outcomes.run_day <= run.as_of
        and outcomes.run_day > {{ before_window(threshold('release_window_days')) }}

)

select
    'all' as product,
    outcomes.*
from outcomes
union all
select
    flows.product,
    outcomes.*
from outcomes
inner join {{ ref('int_flows__catalogued') }} as flows on outcomes.flow = flows.flow
