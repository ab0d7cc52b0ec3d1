-- Grain: one row per scored entity: R with its bounds (unknown inputs at 0 and at 1) and what a decision needs.
with summed as (

    select
        grain,
        entity,
        runtime,
        {{ stable('sum(weight)') }} as total_weight,
        coalesce({{ stable('sum(weight * x)') }}, 0) as known_points,
        coalesce({{ stable('sum(weight) filter (where x is null)') }}, 0) as unknown_weight,
        max(weight_valid_from) as weights_valid_from
    from {{ ref('int_entity__inputs') }}
    group by grain, entity, runtime

)

select
    summed.grain,
    summed.entity,
    summed.runtime,
    100 * (summed.known_points + 0.5e0 * summed.unknown_weight) / summed.total_weight as risk,
    100 * summed.known_points / summed.total_weight as risk_low,
    100 * (summed.known_points + summed.unknown_weight) / summed.total_weight as risk_high,
    1 - summed.unknown_weight / summed.total_weight as known_weight,
    summed.weights_valid_from,
    measures.determinism,
    measures.status,
    coalesce(measures.one_off, false) as one_off
from summed
inner join {{ ref('int_entity__measures') }} as measures
    on
        summed.grain = coalesce(measures.grain, 'flow')
        and summed.entity = coalesce(measures.entity, measures.flow)
        and summed.runtime = coalesce(measures.runtime, 'all')
