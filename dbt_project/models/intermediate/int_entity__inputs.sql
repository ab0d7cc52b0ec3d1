-- Grain: one row per scored entity and input: the raw value and the same on a scale from 0 to 1.
-- Bigger is riskier; unknown stays NULL (scores.md section 1).
select
    measured.grain,
    measured.entity,
    measured.runtime,
    measured.input,
    measured.raw_value,
    case
        when measured.raw_value is null then null
        when measured.input in ('usage', 'defect_density', 'change_rate')
            then {{ norm_log('measured.raw_value', 'weights.log_reference') }}
        when measured.input in ('coverage_gap', 'determinism') then 1 - measured.raw_value
        else measured.raw_value
    end as x,
    weights.weight,
    weights.log_reference,
    weights.valid_from as weight_valid_from,
    measured.basis,
    measured.data_age_days
from {{ ref('int_entity__unpivoted') }} as measured
inner join {{ ref('int_weights__in_force') }} as weights on measured.input = weights.input
