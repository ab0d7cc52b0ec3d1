-- Grain: one row per incident that was ever published and test that was told of with it last.
select
    source,
    incident_id,
    test_id,
    component,
    failure_mode,
    match_level,
    has_mode,
    has_failed,
    started_on,
    lead_days,
    load_bearing,
    role,
    is_in_sample
from {{ source('history', 'fct_incident_tests') }}
