-- Grain: one row per flow, platform (or `all`) and test: the tests that speak for the flow there. A test is on the
-- platform it names, else on those of the environments it ran in lately.
with ran_on as (

    select distinct
        outcomes.test_id,
        split_part(outcomes.runtime, '/', 1) as platform
    from {{ ref('int_test_runs__outcomes') }} as outcomes
    where
        outcomes.runtime is not null
        and outcomes.run_day > {{ before_window(threshold('flake_window_days')) }}

)

select
    flow,
    'all' as platform,
    test_id
from {{ ref('int_tests__identified') }}
where flow is not null
union
select
    tests.flow,
    coalesce(tests.platform, ran_on.platform) as platform,
    tests.test_id
from {{ ref('int_tests__identified') }} as tests
left join ran_on on tests.test_id = ran_on.test_id
where tests.flow is not null and coalesce(tests.platform, ran_on.platform) is not null
