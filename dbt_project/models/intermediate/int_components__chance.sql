-- Grain: one row per component with tests: its control days, and before how many of them some test of it began to
-- fail in a window. What was counted, where 1 - prod(1 - base_rate) of many tests with a short history is mostly their
-- prior.
with since as (

    select
        component,
        min({{ days_before('first_day', '-1 * ' ~ threshold('incident_window_days')) }}) as day
    from {{ ref('int_tests__guarding') }}
    group by component

),

controls as (

    select
        counted.component,
        counted.day
    from {{ ref('int_control_days__counted') }} as counted
    inner join since on counted.component = since.component and counted.day >= since.day
    where counted.is_control

),

after_start as (

    select distinct
        controls.component,
        controls.day
    from controls
    inner join {{ ref('int_tests__guarding') }} as tests on controls.component = tests.component
    inner join {{ ref('int_test_failures__starts') }} as starts
        on
            tests.test_id = starts.test_id
            and controls.day > starts.day
            and controls.day <= {{ days_before('starts.day', '-1 * ' ~ threshold('incident_window_days')) }}

)

select
    since.component,
    count(controls.day) as control_days,
    count(after_start.day) as control_days_with_start,
    case
        when count(controls.day) >= {{ threshold('chance_min_control_days') }}
            then {{ ratio('count(after_start.day)', 'count(controls.day)') }}
    end as p_any_failure_measured
from since
left join controls on since.component = controls.component
left join after_start on controls.component = after_start.component and controls.day = after_start.day
group by since.component
