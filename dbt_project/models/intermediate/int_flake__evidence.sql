-- Grain: one row per test that ran in the window: its evidence (scores.md section 2, steps 1 to 3).
with kept as (

    select
        outcomes.test_id,
        coalesce(outcomes.repo, '') as repo,
        outcomes.sha,
        outcomes.env,
        outcomes.started_at,
        outcomes.attempts,
        outcomes.failed_attempts,
        outcomes.is_red,
        outcomes.is_mixed
    from {{ ref('int_test_runs__outcomes') }} as outcomes
    inner join {{ ref('int_ci_runs__noise_flagged') }} as runs on outcomes.run_id = runs.run_id
    cross join {{ ref('int_run__as_of') }} as run
    where
        not runs.noisy
        and outcomes.sha is not null
        and outcomes.run_day <= run.as_of
        and outcomes.run_day > {{ days_before('run.as_of', threshold('flake_window_days')) }}

),

-- Same sha and same environment: a test that fails in one environment only is not flaky.
by_environment as (

    select
        test_id,
        repo,
        sha,
        env,
        max(started_at) as last_started_at,
        sum(attempts) as attempts,
        bool_or(is_mixed) or (bool_or(is_red) and not bool_and(is_red)) as is_mixed,
        bool_and(is_red) as is_red
    from kept
    group by test_id, repo, sha, env

),

by_sha as (

    select
        test_id,
        repo,
        sha,
        max(last_started_at) as last_started_at,
        sum(attempts) > count(*) as has_rerun,
        bool_or(is_mixed) as is_mixed,
        bool_and(is_red) as is_red
    from by_environment
    group by test_id, repo, sha

),

-- A long window helps, an endless one drowns real flakes in a busy repo.
recent as (

    select
        *,
        row_number() over (partition by test_id order by last_started_at desc, sha desc) as recency
    from by_sha

),

-- Only a project that reruns anything can show a pass and a failure at one sha.
rerunning as (

    select
        repo,
        bool_or(has_rerun) as has_reruns
    from by_sha
    group by repo

)

select
    recent.test_id,
    max(case when rerunning.has_reruns then 'same_sha_mix' else 'none' end) as evidence,
    cast(count(*) as bigint) as shas,
    cast(count(*) filter (where recent.is_mixed) as bigint) as k,
    bool_and(recent.is_red) filter (where recent.recency <= 3)
    and count(*) filter (where recent.recency <= 3) = 3 as is_broken
from recent
inner join rerunning on recent.repo = rerunning.repo
where recent.recency <= {{ threshold('flake_max_shas') }}
group by recent.test_id
