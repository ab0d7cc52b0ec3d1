-- Grain: one row per test: each condition of scores.md section 5 under which it may be dead weight, true, false or not
-- known, but whether others of its kind stay.
with joined as (

    select
        tests.test_id,
        tests.repo,
        tests.component,
        tests.flow,
        lower(coalesce(tests.failure_mode, 'general')) as failure_mode,
        tests.risk,
        tests.owner,
        tests.platform,
        coalesce(flows.is_critical, false) or tests.risk in ('critical', 'high') as is_critical_or_high,
        judged.status as load_bearing_status,
        flakes.status as flake_status,
        seen.first_day,
        seen.last_day,
        coalesce(seen.is_active, false) as is_active,
        costs.runs_per_week,
        costs.p50_seconds,
        costs.minutes_per_week,
        outcomes.failures,
        outcomes.has_no_failed_attempt,
        -- Where no commits are loaded, nobody knows which runs had anything to tell.
        case when watched.has_commits_loaded then coalesce(outcomes.opportunities, 0) end as opportunities,
        watched.changes_per_quarter,
        watched.incidents,
        watched.incident_days_known,
        case
            when seen.first_day <= {{ days_before('run.as_of', threshold('dead_weight_days')) }} then true
            when
                observed.observed_from <= {{ days_before('run.as_of', threshold('dead_weight_days')) }}
                or seen.first_day > {{ days_before('observed.observed_from', '-1 * ' ~ threshold('test_gone_days')) }}
                then false
        end as is_old_enough
    from {{ ref('int_tests__identified') }} as tests
    left join {{ ref('int_flows__catalogued') }} as flows on tests.flow = flows.flow
    left join {{ ref('int_load_bearing__judged') }} as judged on tests.test_id = judged.test_id
    left join {{ ref('int_flake__judged') }} as flakes on tests.test_id = flakes.test_id
    left join {{ ref('int_tests__seen') }} as seen on tests.test_id = seen.test_id
    left join {{ ref('int_tests__costs') }} as costs on tests.test_id = costs.test_id
    left join {{ ref('int_test_value__outcomes') }} as outcomes on tests.test_id = outcomes.test_id
    left join {{ ref('int_components__watched') }} as watched on tests.component = watched.component
    cross join {{ ref('int_ci__observed_range') }} as observed
    cross join {{ ref('int_run__as_of') }} as run

),

conditions as (

    select
        *,
        coalesce(load_bearing_status in ('confirmed', 'candidate'), false) as is_load_bearing,
        opportunities >= {{ threshold('dead_weight_min_opportunities') }} as has_enough_opportunities,
        failures = 0 as has_no_failure,
        case
            when incidents > 0 then false
            when incident_days_known >= {{ threshold('dead_weight_min_incident_days') }} then true
        end as has_no_incident
    from joined

)

select
    *,
    -- Nothing but its kind speaks for it.
    coalesce(
        is_active
        and not is_load_bearing
        and not is_critical_or_high
        and is_old_enough
        and has_enough_opportunities
        and has_no_failure
        and has_no_incident
        and flow is not null,
        false
    ) as is_idle,
    -- n chances without a failure: with 95 % certainty it catches no more than this share of what there is to catch.
    case
        when failures = 0 and opportunities > 0 then {{ half_up('1 - power(0.05e0, 1.0e0 / opportunities)', 9) }}
        when failures = 0 and opportunities = 0 then 1.0e0
    end as catch_rate_max
from conditions
