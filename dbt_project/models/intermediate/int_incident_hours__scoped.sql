-- Grain: one row per incident (source, incident_id), scope and hour that it or the time before it touches: hours can be
-- joined by equality, where minutes between two others would compare everything with everything.
select
    incidents.source,
    incidents.incident_id,
    incidents.from_minute,
    incidents.baseline_minute,
    incidents.looked_to_minute as to_minute,
    scopes.scope_kind,
    scopes.scope,
    {{ dbt.dateadd('hour', 'hours.n', dbt.date_trunc('hour', 'incidents.baseline_minute')) }} as hour_at
from {{ ref('int_incidents__timed') }} as incidents
inner join {{ ref('int_incidents__scopes') }} as scopes
    on incidents.source = scopes.source and incidents.incident_id = scopes.incident_id
inner join {{ ref('numbers') }} as hours
    on
        {{ dbt.dateadd('hour', 'hours.n', dbt.date_trunc('hour', 'incidents.baseline_minute')) }}
        <= incidents.looked_to_minute
