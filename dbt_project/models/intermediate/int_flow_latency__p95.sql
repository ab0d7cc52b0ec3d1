-- Grain: one row per flow whose logs or traces told of response times of enough requests in the usage window: what 95
-- of 100 requests of users stayed below. Counts of buckets add up; quantiles of services or days would not.
with counted as (

    select
        coalesce(routes.flow, events.flow) as flow,
        latency.bucket,
        sum(latency.requests) as requests
    from {{ ref('stg_usage__request_latency') }} as latency
    left join {{ ref('int_routes__mapped') }} as routes
        on
            latency.service = routes.service
            and latency.method = routes.method
            and latency.route = routes.route
    left join {{ ref('int_events__mapped') }} as events
        on
            latency.source = events.source
            and latency.route = events.event
            and events.kind = 'span'
    cross join {{ ref('int_run__as_of') }} as run
    where
        latency.actor = 'user'
        and latency.usage_day <= run.as_of
        and latency.usage_day > {{ days_before('run.as_of', threshold('usage_window_days')) }}
        and coalesce(routes.flow, events.flow) is not null
    group by coalesce(routes.flow, events.flow), latency.bucket

),

added as (

    select
        flow,
        bucket,
        sum(requests) over (partition by flow order by bucket asc) as up_to,
        sum(requests) over (partition by flow) as requests
    from counted

)

select
    flow,
    cast(max(requests) as bigint) as requests,
    -- The geometric middle of its bucket.
    {{ half_up('power(1.08e0, min(bucket) + 0.5e0)', 1) }} as p95_ms
from added
where up_to >= 0.95e0 * requests and requests >= {{ threshold('budget_min_requests') }}
group by flow
