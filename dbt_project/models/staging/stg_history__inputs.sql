-- Grain: one row per as-of day, grain, entity, runtime and input: what the risk of that day was added up from.
select
    as_of,
    grain,
    entity,
    runtime,
    input,
    raw_value,
    x,
    weight,
    log_reference,
    points,
    is_unknown,
    weight_valid_from
from {{ source('history', 'fct_risk_inputs') }}
