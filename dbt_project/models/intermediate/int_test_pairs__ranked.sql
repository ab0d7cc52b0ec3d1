-- Grain: one row per pair that nothing contradicts and no other pair of its tests outdoes: its rivals, if any.
{% set margin = '0.15e0' %}
with standing as (

    select
        pairs.*,
        -- Tiers lie apart by more than similarity can make up.
        2 * pairs.tier + pairs.similarity as strength
    from {{ ref('int_test_pairs__judged') }} as pairs
    left join {{ ref('int_test_pairs__contradicted') }} as against
        on pairs.old_id = against.old_id and pairs.new_id = against.new_id
    where against.old_id is null

),

compared as (

    select
        *,
        max(strength) over (partition by old_id) as best_of_old,
        max(strength) over (partition by new_id) as best_of_new
    from standing

)

select
    repo,
    old_id,
    new_id,
    new_since,
    tier,
    evidence,
    similarity,
    cast(count(*) over (partition by old_id) + count(*) over (partition by new_id) - 2 as bigint) as rivals
from compared
where strength >= best_of_old - {{ margin }} and strength >= best_of_new - {{ margin }}
