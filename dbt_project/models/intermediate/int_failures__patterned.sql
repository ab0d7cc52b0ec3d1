-- Grain: one row per component, fingerprint of a message, test and day on which the test began to fail with it, in the
-- window, on the main branch, outages left out. A message that stays red for weeks begins once; a flake each day.
with failures as (

    select
        attempts.component,
        attempts.fingerprint,
        attempts.test_id,
        attempts.run_day as day,
        max(attempts.message) as message
    from {{ ref('int_test_attempts__keyed') }} as attempts
    inner join {{ ref('int_ci_runs__noise_flagged') }} as runs on attempts.run_id = runs.run_id
    cross join {{ ref('int_run__as_of') }} as run
    where
        attempts.status in ('failed', 'error')
        and attempts.fingerprint is not null
        and not runs.noisy
        and {{ is_main_branch('attempts.branch') }}
        and attempts.run_day <= run.as_of
        and attempts.run_day > {{ before_window(threshold('pattern_window_days')) }}
    group by attempts.component, attempts.fingerprint, attempts.test_id, attempts.run_day

),

began as (

    select
        daily.test_id,
        daily.day,
        daily.same_sha_mix as is_flake
    from {{ ref('int_test_failures__daily') }} as daily
    left join {{ ref('int_test_failures__starts') }} as starts
        on daily.test_id = starts.test_id and daily.day = starts.day
    where daily.same_sha_mix or starts.day is not null

)

select
    failures.component,
    failures.fingerprint,
    failures.test_id,
    failures.day,
    failures.message,
    began.is_flake
from failures
inner join began on failures.test_id = began.test_id and failures.day = began.day
qualify
    min(failures.day) over (partition by failures.component, failures.fingerprint)
    < max(failures.day) over (partition by failures.component, failures.fingerprint)
