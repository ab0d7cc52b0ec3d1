-- Grain: one row per test and day on which it failed on the main branch, runs of an outage left out (scores.md
-- section 3), whether all that failed was red and green at one sha, and the day it ran before.
{{ by_day('day', 'int_ci_days__failing', told=['int_ci_runs__noise_flagged', 'int_thresholds__in_force']) }}
with by_sha as (

    select
        outcomes.test_id,
        outcomes.run_day as day,
        outcomes.sha,
        outcomes.env,
        bool_or(outcomes.is_red) as is_red,
        bool_or(outcomes.is_mixed) or (bool_or(outcomes.is_red) and not bool_and(outcomes.is_red)) as is_mixed
    from {{ ref('int_test_runs__resolved') }} as outcomes
    inner join {{ ref('int_ci_runs__noise_flagged') }} as runs on outcomes.run_id = runs.run_id
    where not runs.noisy and {{ is_main_branch('outcomes.branch') }} and {{ batch_days('outcomes.run_day') }}
    group by outcomes.test_id, outcomes.run_day, outcomes.sha, outcomes.env

),

by_day as (

    select
        test_id,
        day,
        bool_or(is_red or is_mixed) as has_failed,
        bool_and(is_mixed) filter (where is_red or is_mixed) as is_all_mixed,
        lag(day) over (partition by test_id order by day asc) as previous_run_day
    from by_sha
    group by test_id, day

)

select
    test_id,
    day,
    -- One that was away longer has gone and come back.
    case when previous_run_day >= {{ days_before('day', threshold('test_gone_days')) }} then previous_run_day end
        as previous_run_day,
    is_all_mixed
from by_day
where has_failed
