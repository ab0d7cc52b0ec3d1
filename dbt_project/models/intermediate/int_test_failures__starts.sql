-- Grain: one row per test and day on which it began to fail, flakes left out: a test that is red for months begins once
-- (scores.md section 3). Days on which it did not run are no end of it.
with failures as (

    select
        test_id,
        day,
        coalesce(previous_run_day, {{ days_before('day', 1) }}) as previous_day
    from {{ ref('int_test_failures__daily') }}
    where not same_sha_mix

)

select
    failures.test_id,
    failures.day
from failures
left join failures as before
    on failures.test_id = before.test_id and failures.previous_day = before.day
where before.day is null
