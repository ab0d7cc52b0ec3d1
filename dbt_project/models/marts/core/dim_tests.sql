-- Grain: one row per test that has reported at least once up to the as-of day.
with runs as (

    select
        test_id,
        min(run_day) as first_seen_day,
        max(run_day) as last_seen_day,
        cast(count(*) as bigint) as runs
    from {{ ref('int_test_runs__outcomes') }}
    group by test_id

),

-- Of runs that began together, as in two environments, always the same one.
last_runs as (

    select
        test_id,
        last_status
    from {{ ref('int_test_runs__outcomes') }}
    qualify row_number() over (
        partition by test_id order by started_at desc nulls last, run_id desc, env desc
    ) = 1

),

renamed as (

    select
        test_id,
        {{ dbt.listagg('reported_id', "', '", 'order by reported_id') }} as previous_ids
    from {{ ref('int_test_ids__current') }}
    where reported_id <> test_id
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
    runs.first_seen_day,
    runs.last_seen_day,
    coalesce(runs.runs, 0) as runs,
    last_runs.last_status
from {{ ref('int_tests__identified') }} as tests
left join {{ ref('int_flows__catalogued') }} as flows on tests.flow = flows.flow
left join renamed on tests.test_id = renamed.test_id
left join runs on tests.test_id = runs.test_id
left join last_runs on tests.test_id = last_runs.test_id
