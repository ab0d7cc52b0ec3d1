-- Grain: one row per flow, input and direction: R, rank and decision if that weight alone were another one.
with directions as (

    select
        'up' as direction,
        {{ threshold('sensitivity_weight_change') }} as weight_change
    union all
    select
        'down' as direction,
        -1 * {{ threshold('sensitivity_weight_change') }} as weight_change

),

inputs as (

    select
        entity as flow,
        input,
        weight,
        x is null as is_unknown,
        coalesce(x, 0.5e0) as x,
        weight / {{ stable('sum(weight) over (partition by entity)') }} as weight_share
    from {{ ref('int_entity__inputs') }}
    where grain = 'flow'

),

varied as (

    select
        scores.entity as flow,
        inputs.input,
        directions.direction,
        inputs.weight * (1 + directions.weight_change) as weight_tried,
        scores.risk as risk_now,
        scores.decision as decision_now,
        scores.determinism,
        bounds.status,
        bounds.one_off,
        -- All other weights as they are. Were no weight left at all, nothing could be said: R stays.
        -- Bounded, as the last digits of a division may leave the scale.
        greatest(0.0e0, least(100.0e0, coalesce(
            (scores.risk + 100 * directions.weight_change * inputs.weight_share * inputs.x)
            / nullif(1 + directions.weight_change * inputs.weight_share, 0),
            scores.risk
        ))) as risk,
        coalesce({{ stable(
            "1 - (1 - scores.known_weight"
            ~ " + case when inputs.is_unknown then directions.weight_change * inputs.weight_share else 0 end)"
            ~ " / nullif(1 + directions.weight_change * inputs.weight_share, 0)"
        ) }}, scores.known_weight) as known_weight
    from {{ ref('int_score__decided') }} as scores
    inner join {{ ref('int_score__bounds') }} as bounds
        on scores.grain = bounds.grain and scores.entity = bounds.entity and scores.runtime = bounds.runtime
    inner join inputs on scores.entity = inputs.flow
    cross join directions
    where scores.grain = 'flow'

)

select
    flow,
    input,
    direction,
    weight_tried,
    risk_now,
    decision_now,
    cast(rank() over (partition by input, direction order by risk_now desc, flow asc) as bigint) as rank_now,
    risk,
    {{ decision('risk') }} as decision,
    cast(rank() over (partition by input, direction order by risk desc, flow asc) as bigint) as risk_rank
from varied
