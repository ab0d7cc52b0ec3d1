-- Grain: one row per test and incident of its set that counts, known from a window before it on: the last day on which
-- the test began to fail in the window before it, if it did.
select
    tests.test_id,
    kept.day,
    max(starts.day) as started_on
from {{ ref('int_tests__guarding') }} as tests
inner join {{ ref('int_incident_sets__kept') }} as kept
    on
        tests.component = kept.component
        and tests.incident_set = kept.incident_set
        and {{ days_before('kept.day', threshold('incident_window_days')) }} >= tests.first_day
left join {{ ref('int_test_failures__starts') }} as starts
    on
        tests.test_id = starts.test_id
        and starts.day < kept.day
        and starts.day >= {{ days_before('kept.day', threshold('incident_window_days')) }}
group by tests.test_id, kept.day
