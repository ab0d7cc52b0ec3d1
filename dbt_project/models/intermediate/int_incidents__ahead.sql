-- Grain: one row per kind, source and id of an incident that lies after the as-of day, which no mart has before its
-- day, or whose end does: until then it is not over.
select
    'future_incident' as kind,
    incidents.source,
    incidents.incident_id as name,
    '' as label,
    cast(1 as bigint) as volume,
    max(incidents.detected_day) as last_day
from {{ ref('stg_incidents__incidents') }} as incidents
cross join {{ ref('int_run__as_of') }} as run
group by incidents.source, incidents.incident_id, run.as_of
having min(incidents.detected_day) > run.as_of
union all
select
    'future_resolution' as kind,
    source,
    incident_id as name,
    '' as label,
    cast(1 as bigint) as volume,
    detected_day as last_day
from {{ ref('int_incidents__reported') }}
where is_resolved_ahead
