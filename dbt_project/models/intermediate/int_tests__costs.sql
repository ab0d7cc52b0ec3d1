-- Grain: one row per test that ran in the last weeks of CI results: how often, how long, and what that adds up to.
with recent as (

    select
        outcomes.test_id,
        count(*) as runs,
        sum(outcomes.attempts) as attempts,
        percentile_cont(0.5e0) within group (
            order by
                case
                    when outcomes.attempts = 1 and outcomes.last_status = 'passed' then outcomes.duration_ms / 1000.0e0
                end asc
        ) as p50_seconds,
        max({{ days_before('observed.observed_to', threshold('flake_window_days') ~ ' - 1') }}) as window_from,
        max(observed.observed_to) as window_to
    from {{ ref('int_test_runs__outcomes') }} as outcomes
    cross join {{ ref('int_ci__observed_range') }} as observed
    where
        outcomes.run_day <= observed.observed_to
        and outcomes.run_day > {{ before_observed_window(threshold('flake_window_days')) }}
    group by outcomes.test_id

),

rates as (

    select
        recent.test_id,
        recent.p50_seconds,
        recent.attempts,
        recent.runs,
        -- A test of the last days has run for these days only.
        recent.runs * 7.0e0
        / ({{ days_between('greatest(recent.window_from, seen.first_day)', 'recent.window_to') }} + 1) as runs_per_week
    from recent
    inner join {{ ref('int_tests__seen') }} as seen on recent.test_id = seen.test_id

)

select
    test_id,
    p50_seconds,
    {{ half_up('runs_per_week', 6) }} as runs_per_week,
    -- What is tried again costs again.
    {{ half_up('runs_per_week * p50_seconds / 60.0e0 * attempts / runs', 6) }} as minutes_per_week
from rates
