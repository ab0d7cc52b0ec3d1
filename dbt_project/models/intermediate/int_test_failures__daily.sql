-- Grain: one row per test and day on which it failed on the main branch, runs of an outage left out (scores.md
-- section 3). Whether all that failed was a flake: red and green at one sha, or a test that is known to be flaky where
-- nothing is rerun.
with by_sha as (

    select
        outcomes.test_id,
        outcomes.run_day as day,
        outcomes.sha,
        outcomes.env,
        bool_or(outcomes.is_red) as is_red,
        bool_or(outcomes.is_mixed) or (bool_or(outcomes.is_red) and not bool_and(outcomes.is_red)) as is_mixed
    from {{ ref('int_test_runs__outcomes') }} as outcomes
    inner join {{ ref('int_ci_runs__noise_flagged') }} as runs on outcomes.run_id = runs.run_id
    cross join {{ ref('int_run__as_of') }} as run
    where not runs.noisy and {{ is_main_branch('outcomes.branch') }} and outcomes.run_day <= run.as_of
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
    by_day.test_id,
    by_day.day,
    by_day.previous_run_day,
    by_day.is_all_mixed or judged.test_id is not null as same_sha_mix
from by_day
left join {{ ref('int_flake__judged') }} as judged
    on
        by_day.test_id = judged.test_id
        and judged.status = 'flaky_confirmed'
        and judged.evidence = 'isolated_episode'
where by_day.has_failed
