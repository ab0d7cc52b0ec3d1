-- Grain: one row per test that has reported at least once up to the as-of day.
with renamed as (

    select
        test_id,
        {{ dbt.listagg('reported_id', "', '", 'order by reported_id') }} as previous_ids
    from {{ ref('int_test_ids__renamed') }}
    group by test_id

)

select
    tests.test_id,
    tests.base_id,
    renamed.previous_ids,
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
    tests.feature,
    tests.event,
    tests.persona,
    tests.verifies,
    tests.mocks,
    tests.region,
    tests.incident,
    tests.tags_json as tags,
    coalesce(flows.is_critical, false) or coalesce(tests.risk = 'critical', false) as is_critical,
    seen.first_day as first_seen_day,
    seen.last_day as last_seen_day,
    coalesce(seen.runs, 0) as runs,
    seen.last_status
from {{ ref('int_tests__identified') }} as tests
left join {{ ref('int_flows__catalogued') }} as flows on tests.flow = flows.flow
left join renamed on tests.test_id = renamed.test_id
left join {{ ref('int_tests__seen') }} as seen on tests.test_id = seen.test_id
