-- Grain: one row per as-of day, grain, entity and runtime: risk as it was published on that day.
select
    as_of,
    {{ file_day() }} as file_day,
    grain,
    entity,
    runtime,
    risk,
    risk_low,
    risk_high,
    known_weight,
    decision,
    usage_p95,
    coverage,
    determinism,
    weights_valid_from,
    kept_by
from {{ source('history', 'fct_risk_scores') }}
