-- Grain: one row per flow whose determinism waits for an answer, and answer (yes or no to all that is open): the risk
-- and the decision it would have.
with asked as (

    select
        flows.flow,
        flows.stable_surface,
        flows.mockable
    from {{ ref('int_flow__determinism') }} as determinism
    inner join {{ ref('int_flows__catalogued') }} as flows on determinism.flow = flows.flow
    where determinism.determinism_from = 'unanswered'

),

answered as (

    select
        flow,
        'yes' as answer,
        {{ determinism_prior('coalesce(stable_surface, true)', 'coalesce(mockable, true)') }} as determinism
    from asked
    union all
    select
        flow,
        'no' as answer,
        {{ determinism_prior('coalesce(stable_surface, false)', 'coalesce(mockable, false)') }} as determinism
    from asked

),

shares as (

    select
        entity as flow,
        {{ ratio("max(case when input = 'determinism' then weight end)", 'sum(weight)') }} as share
    from {{ ref('int_entity__inputs') }}
    where grain = 'flow' and runtime = 'all'
    group by entity

),

-- What is not known stands at half its weight; an answer puts its own figure there.
scored as (

    select
        answered.flow,
        answered.answer,
        answered.determinism,
        bounds.status,
        bounds.one_off,
        bounds.risk + 100 * shares.share * (0.5e0 - answered.determinism) as risk,
        bounds.known_weight + shares.share as known_weight
    from answered
    inner join shares on answered.flow = shares.flow
    inner join {{ ref('int_score__bounds') }} as bounds
        on answered.flow = bounds.entity and bounds.grain = 'flow' and bounds.runtime = 'all'

)

select
    flow,
    answer,
    determinism,
    risk,
    known_weight,
    {{ decision('risk') }} as decision
from scored
