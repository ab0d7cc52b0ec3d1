-- Grain: one row per flow that some usage is mapped to: the one source kind its usage is counted from.
-- Kinds are never added up (scores.md section 1): the first of the order below that has events in the
-- window, else the first that is mapped and loaded (in the window, if one was), so that a flow nobody used
-- counts 0 and not unknown.
with bases as (

    select
        'analytics_performed' as usage_basis,
        1 as preference
    union all
    select
        'analytics_completed' as usage_basis,
        2 as preference
    union all
    select
        'analytics_started' as usage_basis,
        3 as preference
    union all
    select
        'requests' as usage_basis,
        4 as preference
    union all
    select
        'spans' as usage_basis,
        5 as preference
    union all
    select
        'counts' as usage_basis,
        6 as preference
    union all
    select
        'database' as usage_basis,
        7 as preference

),

mapped as (

    select
        event_catalogue.flow,
        case event_catalogue.role
            when 'performed' then 'analytics_performed'
            when 'completed' then 'analytics_completed'
            when 'started' then 'analytics_started'
        end as usage_basis
    from {{ ref('event_catalogue') }} as event_catalogue
    where event_catalogue.role <> 'frustration'
    union all
    select
        flow,
        'requests' as usage_basis
    from {{ ref('route_patterns') }}
    union all
    select
        flow,
        'spans' as usage_basis
    from {{ ref('route_patterns') }}
    union all
    select distinct
        flow,
        usage_basis
    from {{ ref('int_usage__flow_counts') }}
    where flow is not null and usage_basis is not null

),

seen as (

    select
        counts.flow,
        counts.usage_basis,
        sum(counts.events) as events
    from {{ ref('int_usage__flow_counts') }} as counts
    cross join {{ ref('int_run__as_of') }} as run
    where
        counts.actor = 'user'
        and counts.usage_day <= run.as_of
        and counts.usage_day > {{ days_before('run.as_of', threshold('usage_window_days')) }}
    group by counts.flow, counts.usage_basis

),

loaded as (

    select
        days.usage_basis,
        max(days.day) > {{ days_before('max(run.as_of)', threshold('usage_window_days')) }} as is_in_window
    from {{ ref('int_usage__loaded_days') }} as days
    cross join {{ ref('int_run__as_of') }} as run
    where days.day <= run.as_of
    group by days.usage_basis

)

select
    mapped.flow,
    mapped.usage_basis
from mapped
inner join bases on mapped.usage_basis = bases.usage_basis
inner join loaded on mapped.usage_basis = loaded.usage_basis
left join seen on mapped.flow = seen.flow and mapped.usage_basis = seen.usage_basis
qualify row_number() over (
    partition by mapped.flow
    order by
        case when seen.events > 0 then 0 when loaded.is_in_window then 1 else 2 end asc,
        bases.preference asc
) = 1
