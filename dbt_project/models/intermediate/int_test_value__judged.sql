-- Grain: one row per test: what speaks for it, first match wins, and its verdict (scores.md section 5). What is known
-- to protect it outweighs what is not known.
with reasoned as (

    select
        *,
        case
            when is_load_bearing then 'load_bearing'
            when not is_active then 'gone'
            when is_critical_or_high then 'critical_or_high'
            when failures > 0 then 'failed'
            when incidents > 0 then 'incident_in_component'
            when is_last_of_flow then 'last_of_flow'
            when is_last_of_component_mode then 'last_of_component_mode'
            when component is null then 'component_not_known'
            when flow is null then 'flow_not_known'
            when is_critical_or_high is null then 'risk_not_known'
            when is_old_enough is null then 'age_not_known'
            when not is_old_enough then 'too_young'
            when opportunities is null then 'opportunities_not_known'
            when not has_enough_opportunities then 'few_opportunities'
            when has_no_incident is null then 'incidents_not_known'
            when duplicate_evidence = 'none' then 'no_duplicate'
        end as why
    from {{ ref('int_test_value__by_kind') }}

)

select
    *,
    case
        when is_load_bearing then 'load_bearing_' || load_bearing_status
        when why is null then 'dead_weight'
        when why = 'gone' then 'gone'
        when
            why in (
                'component_not_known', 'flow_not_known', 'risk_not_known', 'age_not_known', 'too_young',
                'opportunities_not_known', 'few_opportunities', 'incidents_not_known'
            )
            then 'unproven'
        else 'guard'
    end as verdict,
    {{ half_up(
        "catch_rate_max * changes_per_quarter * case when duplicate_evidence = 'duplicate_by_coverage' then "
        ~ threshold('retire_duplicate_factor') ~ " else 1 end",
        9
    ) }} as expected_misses_per_quarter_max
from reasoned
