-- Grain: one row per component and failure mode with incidents that a test was missing for, and none was written since.
with missing as (

    select
        component,
        failure_mode,
        min(flow) as flow,
        count(*) as incidents,
        sum(case when gap_type = 'no_test_coverage' then 1 else 0 end) as without_test,
        sum(case when gap_type = 'failure_mode_not_covered' then 1 else 0 end) as without_mode,
        sum(case when gap_type = 'tests_pass_but_incident_occurred' then 1 else 0 end) as passed_by,
        max(detected) as last_day
    from {{ ref('int_incidents__gaps') }}
    where closed_day is null
    group by component, failure_mode

),

-- Of a component that serves several flows, none is guessed.
served as (

    select
        component,
        min(flow) as flow
    from {{ ref('int_components__flows') }}
    group by component
    having count(*) = 1

)

select
    missing.component,
    missing.failure_mode,
    coalesce(missing.flow, served.flow) as flow,
    flows.owner,
    cast(missing.incidents as bigint) as incidents,
    cast(missing.without_test as bigint) as without_test,
    cast(missing.without_mode as bigint) as without_mode,
    cast(missing.passed_by as bigint) as passed_by,
    missing.last_day
from missing
left join served on missing.component = served.component
left join {{ ref('int_flows__catalogued') }} as flows on coalesce(missing.flow, served.flow) = flows.flow
