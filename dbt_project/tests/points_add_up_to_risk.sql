-- The points of the nine inputs add up to R, at every grain.
select
    scores.grain,
    scores.entity,
    scores.runtime,
    scores.risk,
    sum(inputs.points) as points
from {{ ref('fct_risk_scores') }} as scores
inner join {{ ref('fct_risk_inputs') }} as inputs
    on
        scores.grain = inputs.grain
        and scores.entity = inputs.entity
        and scores.runtime = inputs.runtime
group by scores.grain, scores.entity, scores.runtime, scores.risk
having abs(scores.risk - sum(inputs.points)) > 0.000000001e0 or count(*) <> 9
