-- Grain: one row per test of a component and control day of that in the window after the test began to fail.
select distinct
    tests.test_id,
    tests.component,
    {{ days_before('starts.day', '-1 - numbers.n') }} as day
from {{ ref('int_tests__guarding') }} as tests
inner join {{ ref('int_test_failures__starts') }} as starts on tests.test_id = starts.test_id
inner join {{ ref('numbers') }} as numbers on numbers.n < {{ threshold('incident_window_days') }}
inner join {{ ref('int_ci__observed_range') }} as observed
    on {{ days_before('starts.day', '-1 - numbers.n') }} between observed.observed_from and observed.observed_to
left join {{ ref('int_control_days__ruled_out') }} as ruled_out
    on tests.component = ruled_out.component and {{ days_before('starts.day', '-1 - numbers.n') }} = ruled_out.day
where ruled_out.day is null
