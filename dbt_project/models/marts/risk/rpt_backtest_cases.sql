-- Grain: one row per quarter's day and flow: what was known then, and what happened in the quarter that followed.
with known as (

    select
        inputs.as_of,
        inputs.entity,
        max(case when input = 'usage' then x end) as usage,
        max(case when input = 'business_criticality' then x end) as business_criticality,
        max(case when input = 'failure_impact' then x end) as failure_impact,
        max(case when input = 'defect_density' then x end) as defect_density,
        max(case when input = 'change_rate' then x end) as change_rate,
        max(case when input = 'coverage_gap' then x end) as coverage_gap,
        max(case when input = 'platform_dominance' then x end) as platform_dominance,
        max(case when input = 'customer_tier' then x end) as customer_tier,
        max(case when input = 'determinism' then x end) as determinism
    from {{ ref('int_history__inputs') }} as inputs
    inner join {{ ref('int_backtest__days') }} as days on inputs.as_of = days.as_of
    where inputs.grain = 'flow' and inputs.runtime = 'all'
    group by inputs.as_of, inputs.entity

)

select
    days.quarter,
    days.as_of,
    scores.entity as flow,
    flows.product,
    scores.risk,
    scores.known_weight,
    scores.decision,
    known.usage,
    known.business_criticality,
    known.failure_impact,
    known.defect_density,
    known.change_rate,
    known.coverage_gap,
    known.platform_dominance,
    known.customer_tier,
    known.determinism,
    coalesce(outcomes.outcome, 0) as outcome,
    coalesce(outcomes.events, 0) as outcome_events,
    coalesce(outcomes.defects, 0) as defects,
    coalesce(outcomes.incidents, 0) as incidents,
    scores.kept_by
from {{ ref('int_backtest__days') }} as days
inner join {{ ref('int_history__scores') }} as scores
    on days.as_of = scores.as_of and scores.grain = 'flow' and scores.runtime = 'all'
inner join known on scores.as_of = known.as_of and scores.entity = known.entity
-- Without a source of defects no quarter has an outcome, not one of 0.
inner join {{ ref('int_defects__loaded') }} as loaded on loaded.files > 0
left join {{ ref('int_flows__catalogued') }} as flows on scores.entity = flows.flow
left join {{ ref('int_backtest__outcomes') }} as outcomes
    on scores.as_of = outcomes.as_of and scores.entity = outcomes.flow
