-- Grain: one row per grain, entity, runtime and input; the points of an entity add up to its risk.
with totals as (

    select
        grain,
        entity,
        runtime,
        {{ stable('sum(weight)') }} as total_weight
    from {{ ref('int_entity__inputs') }}
    group by grain, entity, runtime

)

select
    inputs.grain,
    inputs.entity,
    inputs.runtime,
    inputs.input,
    inputs.raw_value,
    inputs.x,
    inputs.weight,
    inputs.log_reference,
    -- An unknown input stands at half its weight, so that the points still add up to R.
    100 * inputs.weight * coalesce(inputs.x, 0.5e0) / totals.total_weight as points,
    100 * inputs.weight / totals.total_weight as max_points,
    inputs.x is null as is_unknown,
    inputs.basis,
    inputs.data_age_days,
    inputs.weight_valid_from,
    run.as_of
from {{ ref('int_entity__inputs') }} as inputs
inner join totals
    on inputs.grain = totals.grain and inputs.entity = totals.entity and inputs.runtime = totals.runtime
cross join {{ ref('int_run__as_of') }} as run
