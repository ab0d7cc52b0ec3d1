-- Grain: one row per test id that was ever reported: the id it goes by now. Accepted aliases are applied here and
-- nowhere else.
{% set links = 5 %}
with reported as (

    select
        test_id,
        base_id,
        substr(test_id, length(base_id) + 1) as variant
    from {{ ref('int_test_reports__last') }}
    group by test_id, base_id

),

chain_0 as (

    select
        aliases.old_id,
        aliases.new_id
    from {{ ref('test_aliases') }} as aliases
    left join {{ ref('int_test_aliases__refused') }} as refused on aliases.old_id = refused.old_id
    where aliases.old_id <> aliases.new_id and refused.old_id is null

),

-- Each step doubles the links that are followed: a -> b -> c becomes a -> c.
{% for step in range(links) %}
chain_{{ step + 1 }} as (

    select
        near.old_id,
        coalesce(far.new_id, near.new_id) as new_id
    from chain_{{ step }} as near
    left join chain_{{ step }} as far on near.new_id = far.old_id

),

{% endfor %}
-- What still points to an old id goes in a circle: it is not followed.
settled as (

    select
        chain.old_id,
        chain.new_id
    from chain_{{ links }} as chain
    left join chain_0 as further on chain.new_id = further.old_id
    where further.old_id is null

),

-- An alias may name a test with its parameters, or all parameters of a test at once by its base id.
by_base as (

    select
        reported.test_id,
        coalesce(settled.new_id, reported.base_id) || reported.variant as next_id
    from reported
    left join settled on reported.base_id = settled.old_id

),

by_test as (

    select
        by_base.test_id,
        coalesce(settled.new_id, by_base.next_id) as next_id
    from by_base
    left join settled on by_base.next_id = settled.old_id

)

select
    by_test.test_id as reported_id,
    -- The new name of one parameter's test may have become old with all others of its base since.
    coalesce(settled.new_id || targets.variant, by_test.next_id) as test_id
from by_test
left join reported as targets on by_test.next_id = targets.test_id
left join settled on targets.base_id = settled.old_id
