-- Grain: one row per grain, entity and runtime: risk R from 0 to 100 with its bounds, what to do, and what it rests on.
with coverage as (

    select
        grain,
        entity,
        runtime,
        raw_value as coverage,
        basis as coverage_from
    from {{ ref('int_entity__inputs') }}
    where input = 'coverage_gap'

)

select
    decided.grain,
    decided.entity,
    decided.runtime,
    measures.flow,
    coalesce(measures.title, measures.flow) as title,
    measures.product,
    measures.owner,
    measures.status,
    decided.risk,
    decided.risk_low,
    decided.risk_high,
    decided.known_weight,
    decided.decision,
    decided.decision_low,
    decided.decision_high,
    decided.decision_stable,
    decided.decision_reason,
    measures.usage_p95,
    measures.usage_basis,
    measures.loaded_days,
    measures.dominant_platform,
    coverage.coverage,
    coverage.coverage_from,
    decided.determinism,
    measures.determinism_from,
    coalesce(measures.determinism_from = 'unanswered', false) as needs_answers,
    decided.weights_valid_from,
    run.as_of
from {{ ref('int_score__decided') }} as decided
inner join {{ ref('int_entity__measures') }} as measures
    on
        decided.grain = coalesce(measures.grain, 'flow')
        and decided.entity = coalesce(measures.entity, measures.flow)
        and decided.runtime = coalesce(measures.runtime, 'all')
inner join coverage
    on
        decided.grain = coverage.grain
        and decided.entity = coverage.entity
        and decided.runtime = coverage.runtime
cross join {{ ref('int_run__as_of') }} as run
