-- Grain: one row per test that ran in the window of dead weight: what it had a chance to tell there, and what it told.
with by_environment as (

    select
        outcomes.test_id,
        outcomes.component,
        outcomes.repo,
        -- Results without a commit are nothing but themselves.
        coalesce(outcomes.sha, outcomes.run_id) as sha,
        outcomes.env,
        bool_or(outcomes.failed_attempts > 0) as has_failed_attempt,
        -- Red and green at one commit is a flake; an outage says nothing. NULL: outages only.
        bool_and(outcomes.is_red) filter (where not runs.noisy) as is_red
    from {{ ref('int_test_runs__outcomes') }} as outcomes
    inner join {{ ref('int_ci_runs__noise_flagged') }} as runs on outcomes.run_id = runs.run_id
    cross join {{ ref('int_run__as_of') }} as run
    where
        outcomes.run_day <= run.as_of
        and outcomes.run_day > {{ days_before('run.as_of', threshold('dead_weight_days')) }}
    group by
        outcomes.test_id, outcomes.component, outcomes.repo, coalesce(outcomes.sha, outcomes.run_id), outcomes.env

),

by_sha as (

    select
        test_id,
        component,
        repo,
        sha,
        bool_or(has_failed_attempt) as has_failed_attempt,
        bool_or(is_red) as is_red
    from by_environment
    group by test_id, component, repo, sha

)

select
    by_sha.test_id,
    -- On any branch: a test that stops a change before it is merged has done its work.
    cast(
        sum(case when coalesce(by_sha.is_red, false) and judged.test_id is null then 1 else 0 end) as bigint
    ) as failures,
    cast(
        sum(case when changed.sha is not null and by_sha.is_red is not null then 1 else 0 end) as bigint
    ) as opportunities,
    not bool_or(by_sha.has_failed_attempt) as has_no_failed_attempt
from by_sha
left join {{ ref('int_components__changed_shas') }} as changed
    on by_sha.repo = changed.repo and by_sha.sha = changed.sha and by_sha.component = changed.component
left join {{ ref('int_flake__judged') }} as judged
    on
        by_sha.test_id = judged.test_id
        and judged.status = 'flaky_confirmed'
        and judged.evidence = 'isolated_episode'
group by by_sha.test_id
