-- Grain: one row per scored entity and input: the raw value and the same on a scale from 0 to 1.
-- Bigger is riskier; unknown stays NULL (scores.md section 1).
with measured as (

    select
        inputs.*,
        weights.weight,
        -- Defects per KLOC and per week have different units, and so a reference each.
        case
            when inputs.input = 'defect_density' and inputs.basis = 'per_kloc'
                then {{ threshold('defect_reference_per_kloc') }}
            else weights.log_reference
        end as log_reference,
        weights.valid_from as weight_valid_from
    from {{ ref('int_entity__unpivoted') }} as inputs
    inner join {{ ref('int_weights__in_force') }} as weights on inputs.input = weights.input

)

select
    grain,
    entity,
    runtime,
    input,
    raw_value,
    case
        when raw_value is null then null
        when input in ('usage', 'defect_density', 'change_rate') then {{ norm_log('raw_value', 'log_reference') }}
        when input in ('coverage_gap', 'determinism') then 1 - raw_value
        else raw_value
    end as x,
    weight,
    log_reference,
    weight_valid_from,
    basis,
    data_age_days
from measured
