-- Grain: one row per usage basis, scope and day that was loaded. A scope is the service of a log, the source of
-- events, the name of a product database.
-- A day missing here is a day without data, not a day without users. Files overlap days (a zone, a rotation
-- at night): a few rows at a file's edge do not make a day loaded, unless another file holds its rest.
with by_file as (

    select
        kind,
        case when kind in ('request', 'span', 'transition') then service else source end as scope,
        file_id,
        usage_day as day,
        sum(events) as events
    from {{ ref('stg_usage__counts') }}
    group by kind, case when kind in ('request', 'span', 'transition') then service else source end, file_id, usage_day

),

placed as (

    select
        *,
        row_number() over (partition by kind, scope, file_id order by events desc, day asc) = 1 as is_main,
        day > min(day) over (partition by kind, scope, file_id)
        and day < max(day) over (partition by kind, scope, file_id) as is_inside
    from by_file

),

days as (

    select
        kind,
        scope,
        day
    from placed
    group by kind, scope, day
    having bool_or(is_main or is_inside) or count(*) > 1

),

bases as (

    select
        'analytics_performed' as usage_basis,
        'event' as kind
    union all
    select
        'analytics_completed' as usage_basis,
        'event' as kind
    union all
    select
        'analytics_started' as usage_basis,
        'event' as kind
    union all
    select
        'requests' as usage_basis,
        'request' as kind
    union all
    select
        'spans' as usage_basis,
        'span' as kind
    union all
    select
        'counts' as usage_basis,
        'count' as kind
    union all
    select
        'database' as usage_basis,
        'transition' as kind

)

select
    bases.usage_basis,
    days.scope,
    days.day
from days
inner join bases on days.kind = bases.kind
