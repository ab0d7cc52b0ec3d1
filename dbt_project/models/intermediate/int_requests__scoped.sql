-- Grain: one row per minute, scope (a flow or a service), status class and latency bucket that an incident's hours may
-- ask for: requests of users. Without a bucket: all requests; with one: those whose latency was told.
with counted as (

    select
        requests.minute_at,
        requests.service,
        requests.method,
        requests.route,
        requests.status_class,
        null as bucket,
        requests.requests
    from {{ ref('stg_usage__request_minutes') }} as requests
    where requests.actor = 'user'
    union all
    select
        latency.minute_at,
        latency.service,
        latency.method,
        latency.route,
        latency.status_class,
        latency.bucket,
        latency.requests
    from {{ ref('stg_usage__request_latency') }} as latency
    where latency.actor = 'user'

),

asked as (

    select distinct hour_at
    from {{ ref('int_incident_hours__scoped') }}

),

near as (

    select
        counted.*,
        asked.hour_at
    from counted
    inner join asked on {{ dbt.date_trunc('hour', 'counted.minute_at') }} = asked.hour_at

),

scoped as (

    select
        near.minute_at,
        near.hour_at,
        'service' as scope_kind,
        near.service as scope,
        near.status_class,
        near.bucket,
        near.requests
    from near
    union all
    select
        near.minute_at,
        near.hour_at,
        'flow' as scope_kind,
        routes.flow as scope,
        near.status_class,
        near.bucket,
        near.requests
    from near
    inner join {{ ref('int_routes__mapped') }} as routes
        on near.service = routes.service and near.method = routes.method and near.route = routes.route

)

select
    minute_at,
    hour_at,
    scope_kind,
    scope,
    status_class,
    bucket,
    sum(requests) as requests
from scoped
group by minute_at, hour_at, scope_kind, scope, status_class, bucket
