-- Every mapped user event of the lake stands in fct_usage_daily: nothing is lost or doubled on the way.
with marts as (

    select sum(events) as events
    from {{ ref('fct_usage_daily') }}

),

staged as (

    select sum(counts.events) as events
    from {{ ref('stg_usage__counts') }} as counts
    left join {{ ref('int_routes__mapped') }} as routes
        on
            {{ is_route('counts') }}
            and counts.service = routes.service
            and counts.method = routes.method
            and counts.event = routes.route
    left join {{ ref('int_events__mapped') }} as events
        on
            counts.kind = events.kind
            and counts.source = events.source
            and counts.event = events.event
    cross join {{ ref('int_run__as_of') }} as run
    where
        counts.actor = 'user'
        and counts.usage_day <= run.as_of
        and (routes.flow is not null or events.flow is not null)

)

select
    marts.events as in_mart,
    staged.events as in_staging
from marts
cross join staged
where coalesce(marts.events, 0) <> coalesce(staged.events, 0)
