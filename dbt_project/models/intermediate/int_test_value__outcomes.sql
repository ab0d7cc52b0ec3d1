-- Grain: one row per test that ran in the window of dead weight: what it had a chance to tell there, and what it told.
-- Failures and chances are few beside the runs of half a year, so each is looked for by itself.
{% set runs = ref('int_test_runs__resolved') ~ ' as outcomes' %}
{% set in_window %}
outcomes.run_day <= {{ as_of_day() }} and outcomes.run_day > {{ before_window(threshold('dead_weight_days')) }}
{% endset %}
with failing as (

    select distinct
        outcomes.test_id,
        -- Results without a commit are nothing but themselves.
        coalesce(outcomes.sha, outcomes.run_id) as sha
    from {{ runs }}
    where outcomes.failed_attempts > 0 and {{ in_window }}

),

-- Red and green at one commit is a flake; an outage says nothing.
red as (

    select
        outcomes.test_id,
        coalesce(outcomes.sha, outcomes.run_id) as sha
    from {{ runs }}
    inner join failing
        on outcomes.test_id = failing.test_id and coalesce(outcomes.sha, outcomes.run_id) = failing.sha
    inner join {{ ref('int_ci_runs__noise_flagged') }} as runs on outcomes.run_id = runs.run_id
    where not runs.noisy and {{ in_window }}
    group by outcomes.test_id, coalesce(outcomes.sha, outcomes.run_id), outcomes.env
    having bool_and(outcomes.is_red)

),

-- On any branch: a test that stops a change before it is merged has done its work.
failed as (

    select
        red.test_id,
        count(distinct red.sha) as failures
    from red
    left join {{ ref('int_flake__judged') }} as judged
        on
            red.test_id = judged.test_id
            and judged.status = 'flaky_confirmed'
            and judged.evidence = 'isolated_episode'
    where judged.test_id is null
    group by red.test_id

),

shas as (

    select distinct
        outcomes.repo,
        outcomes.sha
    from {{ runs }}
    where {{ in_window }}

),

-- Made distinct before runs are joined, lest all runs of half a year are joined with every change of their commit.
changed as (

    select distinct
        tests.test_id,
        changed_shas.sha
    from {{ ref('int_components__changed_shas') }} as changed_shas
    inner join shas on changed_shas.repo = shas.repo and changed_shas.sha = shas.sha
    inner join {{ ref('int_tests__identified') }} as tests
        on changed_shas.component = tests.component and changed_shas.repo = tests.repo

),

-- Made distinct before it is asked which runs are noise, lest all runs of half a year are asked.
told as (

    select distinct
        outcomes.test_id,
        outcomes.sha,
        outcomes.run_id
    from {{ runs }}
    inner join changed on outcomes.test_id = changed.test_id and outcomes.sha = changed.sha
    where {{ in_window }}

),

chances as (

    select
        told.test_id,
        count(distinct told.sha) as opportunities
    from told
    inner join {{ ref('int_ci_runs__noise_flagged') }} as runs on told.run_id = runs.run_id
    where not runs.noisy
    group by told.test_id

)

select
    seen.test_id,
    cast(coalesce(failed.failures, 0) as bigint) as failures,
    cast(coalesce(chances.opportunities, 0) as bigint) as opportunities,
    seen.test_id not in (select failing.test_id from failing) as has_no_failed_attempt
from {{ ref('int_tests__seen') }} as seen
left join failed on seen.test_id = failed.test_id
left join chances on seen.test_id = chances.test_id
where seen.last_day > {{ before_window(threshold('dead_weight_days')) }}
