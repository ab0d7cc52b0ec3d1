-- Grain: one row per test of a component: the chance that it began to fail in the days before a day without an
-- incident (scores.md section 3): (control days with a start before them + 3.5) / (control days + 7), over the days
-- before which a window of its own results is known.
with counted as (

    select
        tests.test_id,
        count(after_start.day) as days,
        coalesce(max(known.control_days), 0) as control_days
    from {{ ref('int_tests__guarding') }} as tests
    left join {{ ref('int_control_days__counted') }} as known
        on tests.component = known.component and tests.first_day = known.first_day
    left join {{ ref('int_control_days__after_start') }} as after_start
        on tests.test_id = after_start.test_id and known.from_day <= after_start.day
    group by tests.test_id

)

select
    test_id,
    control_days,
    days as control_days_with_start,
    (days + 3.5e0) / (control_days + 7) as base_rate
from counted
