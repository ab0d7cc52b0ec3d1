-- Grain: one row per flow of the catalogue: how repeatable its tests are (or would be), and how we know.
select
    flows.flow,
    case
        when flows.determinism_override is not null then flows.determinism_override
        when history.determinism is not null then history.determinism
        else {{ determinism_prior('flows.stable_surface', 'flows.mockable') }}
    end as determinism,
    case
        when flows.determinism_override is not null then 'override'
        when history.determinism is not null then 'history'
        when flows.stable_surface is not null and flows.mockable is not null then 'prior'
        else 'unanswered'
    end as determinism_from,
    history.flake_rate,
    history.shas
from {{ ref('int_flows__catalogued') }} as flows
left join {{ ref('int_determinism__history') }} as history
    on flows.flow = history.entity and history.grain = 'flow'
