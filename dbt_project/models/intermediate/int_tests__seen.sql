-- Grain: one row per test that ran up to the as-of day: its first and last day, whether it still runs, and when it
-- first passed on the main branch.
select
    outcomes.test_id,
    min(outcomes.run_day) as first_day,
    max(outcomes.run_day) as last_day,
    -- Compared with the last day of results, not with today: while none is delivered, no test went.
    max(outcomes.run_day) >= {{ days_before('max(observed.observed_to)', threshold('test_gone_days')) }} as is_active,
    min(
        case when outcomes.last_status = 'passed' and {{ is_main_branch('outcomes.branch') }} then outcomes.run_day end
    ) as first_pass_day
from {{ ref('int_test_runs__outcomes') }} as outcomes
cross join {{ ref('int_run__as_of') }} as run
cross join {{ ref('int_ci__observed_range') }} as observed
where outcomes.run_day <= run.as_of
group by outcomes.test_id
