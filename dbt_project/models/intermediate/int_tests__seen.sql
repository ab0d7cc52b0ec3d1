-- Grain: one row per test that ran up to the as-of day: its first and last day, whether it still runs, when it first
-- passed on the main branch, how often it ran and how it ended last.
with ran as (

    select *
    from {{ ref('int_tests__ran_by_month') }}
    where month < {{ as_of_month() }}
    union all
    {{ tests_ran(
        ref('int_test_runs__resolved'),
        'run_day >= ' ~ as_of_month() ~ ' and run_day <= ' ~ as_of_day()
    ) }}

)

select
    ran.test_id,
    min(ran.first_day) as first_day,
    max(ran.last_day) as last_day,
    -- Compared with the last day of results, not with today: while none is delivered, no test went.
    max(ran.last_day) >= {{ days_before('max(observed.observed_to)', threshold('test_gone_days')) }} as is_active,
    min(ran.first_pass_day) as first_pass_day,
    cast(sum(ran.runs) as bigint) as runs,
    max_by(ran.last_status, ran.month) as last_status
from ran
cross join {{ ref('int_ci__observed_range') }} as observed
group by ran.test_id
