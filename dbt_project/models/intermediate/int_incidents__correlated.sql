-- Grain: one row per incident (source, incident_id): what the suite knew in the window before it (scores.md section 3).
with signals as (

    select
        source,
        incident_id,
        count(*) as tests,
        count(*) filter (where has_mode) as tests_of_mode,
        count(*) filter (where has_failed) as tests_failed,
        count(*) filter (where started_on is not null) as tests_started,
        count(*) filter (where started_on is not null and is_of_set and is_shown) as tests_predicting,
        {{ dbt.listagg(
            "case when started_on is not null and is_of_set and is_shown then test_id end", "';'", "order by test_id"
        ) }} as predicting_tests,
        1 - exp(sum(ln(1 - base_rate))) as p_any_failure_by_chance
    from {{ ref('int_incidents__windowed') }}
    group by source, incident_id

),

joined as (

    select
        coalesce(incidents.source, '') as source,
        incidents.incident_id,
        incidents.component,
        incidents.flow,
        incidents.failure_mode,
        incidents.severity,
        incidents.title,
        incidents.detected,
        incidents.started_at,
        incidents.resolved_at,
        coalesce(signals.tests, 0) as tests,
        coalesce(signals.tests_of_mode, 0) as tests_of_mode,
        coalesce(signals.tests_failed, 0) as tests_failed,
        coalesce(signals.tests_started, 0) as tests_started,
        coalesce(signals.tests_predicting, 0) as tests_predicting,
        signals.predicting_tests,
        signals.p_any_failure_by_chance,
        coalesce(chance.control_days, 0) as control_days,
        coalesce(chance.control_days_with_start, 0) as control_days_with_start,
        chance.p_any_failure_measured,
        coalesce(incidents.is_component_unknown, false) as is_component_unknown,
        coalesce(
            incidents.component is not null
            and not coalesce(incidents.is_component_unknown, false)
            and {{ days_before('incidents.detected', threshold('incident_window_days')) }} >= observed.observed_from
            and incidents.detected <= {{ days_before('observed.observed_to', -1) }},
            false
        ) as is_eligible
    from {{ ref('int_incidents__current') }} as incidents
    cross join {{ ref('int_ci__observed_range') }} as observed
    left join signals
        on coalesce(incidents.source, '') = signals.source and incidents.incident_id = signals.incident_id
    left join {{ ref('int_components__chance') }} as chance on incidents.component = chance.component

),

classified as (

    select
        *,
        case
            when not is_eligible then 'unknown'
            when tests = 0 then 'no_test_coverage'
            when tests_predicting > 0 then 'predicted'
            when tests_started > 0 then 'possible'
            when tests_failed > 0 then 'noise_only'
            else 'not_predicted'
        end as classification
    from joined

)

select
    *,
    tests_failed > 0 as naive_was_predictable,
    case
        when classification in ('unknown', 'predicted') then null
        when classification = 'no_test_coverage' then 'no_test_coverage'
        when classification = 'possible' then 'failure_ignored'
        when tests_of_mode = 0 then 'failure_mode_not_covered'
        else 'tests_pass_but_incident_occurred'
    end as gap_type
from classified
