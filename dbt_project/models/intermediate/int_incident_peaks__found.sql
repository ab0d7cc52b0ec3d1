-- Grain: one row per incident (source, incident_id), kind of scope and measure: its worst step, with how many requests
-- and minutes it is of. Where no step has enough requests all of the incident may: that is no peak, and its minutes
-- say so.
with measured as (

    select
        source,
        incident_id,
        scope_kind,
        step,
        'error_rate' as measure,
        error_rate as peak,
        with_status as requests
    from {{ ref('int_incident_steps__measured') }}
    union all
    select
        source,
        incident_id,
        scope_kind,
        step,
        'p99_ms' as measure,
        p99_ms as peak,
        timed as requests
    from {{ ref('int_incident_steps__measured') }}

),

worst as (

    select *
    from measured
    where step <> -1 and peak is not null
    qualify row_number() over (
        partition by source, incident_id, scope_kind, measure
        order by case when step = -2 then 1 else 0 end asc, peak desc, step asc
    ) = 1

)

select
    worst.source,
    worst.incident_id,
    worst.scope_kind,
    worst.measure,
    worst.peak,
    cast(worst.requests as bigint) as requests,
    case
        when worst.step = -2 then {{ dbt.datediff('timed.from_minute', 'timed.looked_to_minute', 'minute') }}
        else cast({{ threshold('incident_step_minutes') }} as bigint)
    end as minutes
from worst
inner join {{ ref('int_incidents__timed') }} as timed
    on worst.source = timed.source and worst.incident_id = timed.incident_id
