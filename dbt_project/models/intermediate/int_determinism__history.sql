-- Grain: one row per grain, entity and platform (`all`, or one that tests name or run on) with enough shas: how
-- repeatable its tests were. Their flake rates are pooled; with fewer shas nothing is known.
with tests as (

    select
        case when platform = 'all' then 'flow' else 'flow_runtime' end as grain,
        flow as entity,
        platform,
        test_id
    from {{ ref('int_flow_tests__scoped') }}
    union all
    select
        'component' as grain,
        component as entity,
        'all' as platform,
        test_id
    from {{ ref('int_tests__identified') }}
    where component is not null

)

select
    tests.grain,
    tests.entity,
    tests.platform,
    {{ ratio('sum(scored.k)', 'sum(scored.shas)') }} as flake_rate,
    max(scored.shas) as shas,
    1 - least(1.0e0, {{ ratio('sum(scored.k)', 'sum(scored.shas)') }} / {{ threshold('determinism_flake_rate') }})
        as determinism
from tests
inner join {{ ref('int_flake__scored') }} as scored on tests.test_id = scored.test_id
where scored.evidence <> 'none'
group by tests.grain, tests.entity, tests.platform
having max(scored.shas) >= {{ threshold('determinism_min_shas') }}
