-- Grain: one row per test of a component: the chance that it began to fail in the days before a day without an
-- incident (scores.md section 3): (control days with a start before them + 3.5) / (control days + 7), over the days
-- before which a window of its own results is known.
with since as (

    select
        tests.test_id,
        tests.component,
        {{ days_before('tests.first_day', '-1 * ' ~ threshold('incident_window_days')) }} as day
    from {{ ref('int_tests__guarding') }} as tests

),

after_start as (

    select distinct
        since.test_id,
        controls.day
    from since
    inner join {{ ref('int_test_failures__starts') }} as starts on since.test_id = starts.test_id
    inner join {{ ref('int_control_days__counted') }} as controls
        on
            since.component = controls.component
            and controls.is_control
            and controls.day >= since.day
            and controls.day > starts.day
            and controls.day <= {{ days_before('starts.day', '-1 * ' ~ threshold('incident_window_days')) }}

),

counted as (

    select
        test_id,
        count(*) as days
    from after_start
    group by test_id

)

select
    since.test_id,
    coalesce(controls.control_days_from_here, 0) as control_days,
    coalesce(counted.days, 0) as control_days_with_start,
    (coalesce(counted.days, 0) + 3.5e0) / (coalesce(controls.control_days_from_here, 0) + 7) as base_rate
from since
left join {{ ref('int_control_days__counted') }} as controls
    on since.component = controls.component and since.day = controls.day
left join counted on since.test_id = counted.test_id
