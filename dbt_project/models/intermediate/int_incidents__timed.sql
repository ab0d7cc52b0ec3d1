-- Grain: one row per incident with a time (source, incident_id): the minutes to look at in production. One that is not
-- over, or whose stamps are in an impossible order, is looked at for some hours only.
with ordered as (

    select
        coalesce(incidents.source, '') as source,
        incidents.incident_id,
        incidents.service,
        incidents.component,
        incidents.flow,
        incidents.detected,
        {{ dbt.date_trunc('minute', 'coalesce(incidents.started_at, incidents.detected_at)') }} as from_minute,
        {{ dbt.date_trunc('minute', 'incidents.resolved_at') }} as resolved_minute,
        incidents.resolved_at < coalesce(incidents.started_at, incidents.detected_at)
        or incidents.resolved_at < incidents.detected_at
        or incidents.detected_at < incidents.started_at as has_impossible_times
    from {{ ref('int_incidents__current') }} as incidents
    where coalesce(incidents.started_at, incidents.detected_at) is not null

),

ended as (

    select
        *,
        case
            when resolved_minute >= from_minute then resolved_minute
            else {{ dbt.dateadd('hour', 'cast(' ~ threshold('incident_open_hours') ~ ' as integer)', 'from_minute') }}
        end as to_minute
    from ordered

)

select
    source,
    incident_id,
    service,
    component,
    flow,
    detected,
    from_minute,
    {{ dbt.dateadd(
        'minute', '-1 * cast(' ~ threshold('incident_baseline_minutes') ~ ' as integer)', 'from_minute'
    ) }} as baseline_minute,
    to_minute,
    -- Hours are counted by numbers, which end at 1,000. Of an incident of months its first weeks tell enough.
    least(to_minute, {{ dbt.dateadd('hour', '900', 'from_minute') }}) as looked_to_minute,
    coalesce(resolved_minute >= from_minute, false) as is_over,
    coalesce(has_impossible_times, false) as has_impossible_times
from ended
