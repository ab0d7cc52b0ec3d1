-- Grain: one row per flow of the catalogue: how repeatable its tests are (or would be), and how we know.
with history as (

    select
        tests.flow,
        {{ ratio('sum(scored.k)', 'sum(scored.shas)') }} as flake_rate,
        max(scored.shas) as shas
    from {{ ref('int_tests__identified') }} as tests
    inner join {{ ref('int_flake__scored') }} as scored on tests.test_id = scored.test_id
    where
        tests.flow is not null
        and scored.evidence <> 'none'
    group by tests.flow

)

select
    flows.flow,
    case
        when flows.determinism_override is not null then flows.determinism_override
        when history.shas >= {{ threshold('determinism_min_shas') }}
            then 1 - least(1.0, history.flake_rate / {{ threshold('determinism_flake_rate') }})
        when flows.stable_surface and flows.mockable then 0.9
        when flows.stable_surface is null or flows.mockable is null then null
        when flows.stable_surface or flows.mockable then 0.7
        else 0.3
    end as determinism,
    case
        when flows.determinism_override is not null then 'override'
        when history.shas >= {{ threshold('determinism_min_shas') }} then 'history'
        when flows.stable_surface is not null and flows.mockable is not null then 'prior'
        else 'unanswered'
    end as determinism_from,
    history.flake_rate,
    history.shas
from {{ ref('int_flows__catalogued') }} as flows
left join history on flows.flow = history.flow
