-- Grain: one row per test, sha and environment of the flake window: what its runs came to, those of noisy runs left
-- out (scores.md section 2, steps 1 and 2). A test that fails in one environment only is not flaky.
select
    outcomes.test_id,
    outcomes.sha,
    outcomes.env,
    coalesce(max(outcomes.repo), '') as repo,
    coalesce(max(outcomes.component), '') as component,
    bool_or({{ is_main_branch('outcomes.branch') }}) as is_main_branch,
    max(outcomes.started_at) as last_started_at,
    cast(sum(outcomes.attempts) as bigint) as attempts,
    bool_or(outcomes.is_mixed) or (bool_or(outcomes.is_red) and not bool_and(outcomes.is_red)) as is_mixed,
    bool_and(outcomes.is_red) as is_red
from {{ ref('int_test_runs__outcomes') }} as outcomes
inner join {{ ref('int_ci_runs__noise_flagged') }} as runs on outcomes.run_id = runs.run_id
cross join {{ ref('int_run__as_of') }} as run
where
    not runs.noisy
    and outcomes.sha is not null
    and outcomes.run_day <= run.as_of
    and outcomes.run_day > {{ before_window(threshold('flake_window_days')) }}
group by outcomes.test_id, outcomes.sha, outcomes.env
