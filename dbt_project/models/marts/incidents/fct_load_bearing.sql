-- Grain: one row per test of a component: does its failing warn of incidents there, and how sure are we?
with naive as (

    select
        test_id,
        bool_or(has_failed and is_of_set) as has_failed_before
    from {{ ref('int_incidents__windowed') }}
    group by test_id

)

select
    tests.test_id,
    tests.component,
    tests.failure_mode,
    tests.match_level,
    judged.status,
    judged.incidents,
    judged.hits,
    judged.base_rate,
    judged.lift,
    judged.p_value,
    judged.q_value,
    judged.median_lead_days,
    judged.control_days,
    judged.incidents >= {{ threshold('load_bearing_min_incidents') }} as has_enough_incidents,
    coalesce(naive.has_failed_before, false) as naive_load_bearing,
    tests.first_day,
    tests.last_day,
    run.as_of
from {{ ref('int_tests__guarding') }} as tests
inner join {{ ref('int_load_bearing__judged') }} as judged on tests.test_id = judged.test_id
left join naive on tests.test_id = naive.test_id
cross join {{ ref('int_run__as_of') }} as run
