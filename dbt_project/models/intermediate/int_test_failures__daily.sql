-- Grain: one row per test and day on which it failed on the main branch, runs of an outage left out (scores.md
-- section 3). Whether all that failed was a flake: red and green at one sha, or a test that is known to be flaky where
-- nothing is rerun.
select
    failed.test_id,
    failed.day,
    failed.previous_run_day,
    failed.is_all_mixed or judged.test_id is not null as same_sha_mix
from {{ ref('int_test_days__failed') }} as failed
cross join {{ ref('int_run__as_of') }} as run
left join {{ ref('int_flake__judged') }} as judged
    on
        failed.test_id = judged.test_id
        and judged.status = 'flaky_confirmed'
        and judged.evidence = 'isolated_episode'
where failed.day <= run.as_of
