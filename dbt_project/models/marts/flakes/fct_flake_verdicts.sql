-- Grain: one row per test that ran in the flake window: is it stable, flaky or broken, and how sure are we?
with naive as (

    select
        outcomes.test_id,
        {{ ratio('sum(outcomes.failed_attempts)', 'sum(outcomes.attempts)') }} as failure_rate,
        sum(outcomes.attempts) as attempts,
        max(outcomes.repo) as repo,
        max(outcomes.component) as component,
        max(outcomes.run_day) as last_run_day
    from {{ ref('int_test_runs__outcomes') }} as outcomes
    cross join {{ ref('int_run__as_of') }} as run
    where
        outcomes.run_day <= run.as_of
        and outcomes.run_day > {{ before_window(threshold('flake_window_days')) }}
    group by outcomes.test_id

),

judged as (

    select * from {{ ref('int_flake__judged') }}

)

select
    naive.test_id,
    naive.repo,
    naive.component,
    coalesce(judged.status, 'insufficient_data') as status,
    coalesce(judged.evidence, 'none') as evidence,
    coalesce(judged.shas, 0) as shas,
    coalesce(judged.k, 0) as k,
    judged.flake_rate,
    judged.p_flaky,
    -- Clean runs before a quarantine may end (scores.md section 2): fixed counts release unfixed flakes.
    case
        when judged.status in ('flaky_confirmed', 'flaky_suspected')
            then
                cast(
                    least(300, greatest(20, ceil(ln(0.05e0) / ln(1 - (judged.k + 0.5e0) / (judged.shas + 1)))))
                    as bigint
                )
    end as exit_clean_runs,
    naive.failure_rate as naive_failure_rate,
    naive.attempts >= 5 and naive.failure_rate between 0.1e0 and 0.9e0 as naive_rate_rule_flaky,
    naive.last_run_day,
    run.as_of
from naive
left join judged on naive.test_id = judged.test_id
cross join {{ ref('int_run__as_of') }} as run
