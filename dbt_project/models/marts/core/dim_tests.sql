-- Grain: one row per test that has reported at least once up to the as-of day.
with runs as (

    select
        test_id,
        min(run_day) as first_seen_day,
        max(run_day) as last_seen_day,
        cast(count(*) as bigint) as runs,
        max_by(last_status, started_at) as last_status
    from {{ ref('int_test_runs__outcomes') }}
    group by test_id

)

select
    tests.test_id,
    tests.base_id,
    tests.repo,
    tests.format,
    tests.suite,
    tests.path,
    tests.class_name,
    tests.name,
    tests.params,
    tests.flow,
    tests.flow_from,
    tests.risk,
    tests.component,
    tests.owner,
    tests.failure_mode,
    tests.tier,
    tests.kind,
    tests.platform,
    coalesce(flows.is_critical, false) or coalesce(tests.risk = 'critical', false) as is_critical,
    runs.first_seen_day,
    runs.last_seen_day,
    coalesce(runs.runs, 0) as runs,
    runs.last_status
from {{ ref('int_tests__identified') }} as tests
left join {{ ref('int_flows__catalogued') }} as flows on tests.flow = flows.flow
left join runs on tests.test_id = runs.test_id
