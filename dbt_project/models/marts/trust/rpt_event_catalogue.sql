-- Grain: one row per source and event seen in the usage window, and per event of the catalogue seen in none.
with seen as (

    select
        counts.source,
        counts.event,
        max(counts.flow) as flow,
        max(counts.role) as role,
        sum(counts.events) as events,
        sum(case when counts.actor = 'user' then counts.events else 0 end) as user_events,
        min(counts.usage_day) as first_day,
        max(counts.usage_day) as last_day
    from {{ ref('int_usage__flow_counts') }} as counts
    cross join {{ ref('int_run__as_of') }} as run
    where
        counts.kind in ('event', 'count', 'transition')
        and counts.usage_day <= run.as_of
        and counts.usage_day > {{ days_before('run.as_of', threshold('usage_window_days')) }}
    group by counts.source, counts.event

),

-- Without a day of events it is unknown whether one is still sent.
loaded as (

    select count(*) > 0 as has_events
    from {{ ref('int_usage__loaded_days') }} as days
    cross join {{ ref('int_run__as_of') }} as run
    where
        days.usage_basis in ('analytics_performed', 'counts', 'database')
        and days.day <= run.as_of
        and days.day > {{ days_before('run.as_of', threshold('usage_window_days')) }}

)

select
    seen.source,
    seen.event,
    case
        when catalogue.event is not null then 'catalogued'
        when seen.flow is not null then 'aliased'
        else 'not_in_catalogue'
    end as status,
    seen.flow,
    seen.role,
    cast(seen.events as bigint) as events,
    cast(seen.user_events as bigint) as user_events,
    seen.first_day,
    seen.last_day,
    suggestions.flow as suggested_flow,
    suggestions.similarity
from seen
left join {{ ref('event_catalogue') }} as catalogue on seen.event = catalogue.event
left join {{ ref('int_unmapped__suggested') }} as suggestions
    on
        suggestions.kind = 'event'
        and seen.flow is null
        and seen.source = suggestions.source
        and seen.event = suggestions.name
union all
select
    'none' as source,
    catalogue.event,
    case when loaded.has_events then 'not_seen' else 'unknown' end as status,
    catalogue.flow,
    catalogue.role,
    cast(case when loaded.has_events then 0 end as bigint) as events,
    cast(case when loaded.has_events then 0 end as bigint) as user_events,
    cast(null as date) as first_day,
    cast(null as date) as last_day,
    cast(null as string) as suggested_flow,
    cast(null as double) as similarity
from {{ ref('event_catalogue') }} as catalogue
cross join loaded
where catalogue.event not in (select seen.event from seen)
