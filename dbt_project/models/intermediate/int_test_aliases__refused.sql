-- Grain: one row per accepted alias that is not applied: one report holds both ids, so they are two tests.
with named as (

    select old_id as id from {{ ref('test_aliases') }}
    union
    select new_id as id from {{ ref('test_aliases') }}

),

sighted as (

    {% for id in ['test_id', 'base_id'] %}
    select
        named.id,
        attempts.run_id,
        attempts.source,
        coalesce(attempts.raw_environment, '') as environment
    from {{ ref('stg_ci__test_attempts') }} as attempts
    inner join named on attempts.{{ id }} = named.id
    {% if not loop.last %}
    union
    {% endif %}
    {% endfor %}

)

select
    aliases.old_id,
    max(aliases.new_id) as new_id,
    max(old_one.run_id) as run_id
from {{ ref('test_aliases') }} as aliases
inner join sighted as old_one on aliases.old_id = old_one.id
inner join sighted as new_one
    on
        aliases.new_id = new_one.id
        and old_one.run_id = new_one.run_id
        and old_one.source = new_one.source
        and old_one.environment = new_one.environment
where aliases.old_id <> aliases.new_id
group by aliases.old_id
