-- Grain: one row per incident (source, incident_id) that was deleted at its source and test that was told of with it
-- last.
select told.*
from {{ ref('stg_history__incident_tests') }} as told
inner join {{ ref('int_incidents__deleted') }} as deleted
    on told.source = deleted.source and told.incident_id = deleted.incident_id
