-- Grain: one row per usage basis and day on which a source of that basis was loaded.
-- A day missing here is a day without data, not a day without users.
with days as (

    select distinct
        kind,
        usage_day as day
    from {{ ref('stg_usage__counts') }}

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

)

select
    bases.usage_basis,
    days.day
from days
inner join bases on days.kind = bases.kind
