-- Grain: one row per flow, service and source: which of status, latency, route, user and tenant its requests carry,
-- whether logs or traces told of them.
with requests as (

    select
        coalesce(routes.flow, events.flow) as flow,
        requests.service,
        requests.source,
        sum(requests.requests) as requests,
        sum(requests.with_status) as with_status,
        sum(requests.with_latency) as with_latency,
        sum(requests.with_route) as with_route,
        sum(requests.with_user) as with_user,
        sum(requests.with_tenant) as with_tenant,
        max(requests.usage_day) as last_day
    from {{ ref('stg_usage__request_minutes') }} as requests
    left join {{ ref('int_routes__mapped') }} as routes
        on
            requests.service = routes.service
            and requests.method = routes.method
            and requests.route = routes.route
    left join {{ ref('int_events__mapped') }} as events
        on
            requests.source = events.source
            and requests.route = events.event
            and events.kind = 'span'
    cross join {{ ref('int_run__as_of') }} as run
    where
        requests.actor = 'user'
        and requests.usage_day <= run.as_of
        and requests.usage_day > {{ days_before('run.as_of', threshold('usage_window_days')) }}
    group by coalesce(routes.flow, events.flow), requests.service, requests.source

),

kinds as (

    select
        counts.flow,
        bool_or(counts.kind in ('request', 'span')) as has_requests,
        bool_or(counts.kind = 'event') as has_events,
        bool_or(counts.kind in ('count', 'transition')) as has_counts
    from {{ ref('int_usage__flow_counts') }} as counts
    cross join {{ ref('int_run__as_of') }} as run
    where
        counts.actor = 'user'
        and counts.flow is not null
        and counts.usage_day <= run.as_of
    group by counts.flow

)

select
    coalesce(flows.flow, requests.flow, 'unmapped') as flow,
    coalesce(requests.service, 'none') as service,
    coalesce(requests.source, 'none') as source,
    coalesce(requests.requests, 0) > 0 or coalesce(flows.is_observed, false) as is_observed,
    case
        when requests.requests > 0 then 'requests'
        when kinds.has_requests then 'requests_without_detail'
        when kinds.has_events and kinds.has_counts then 'events_and_counts_only'
        when kinds.has_events then 'events_only'
        when kinds.has_counts then 'counts_only'
        else 'nothing'
    end as seen_in,
    flows.usage_basis,
    cast(coalesce(requests.requests, 0) as bigint) as requests,
    {{ ratio('requests.with_status', 'requests.requests') }} as status_share,
    {{ ratio('requests.with_latency', 'requests.requests') }} as latency_share,
    {{ ratio('requests.with_route', 'requests.requests') }} as route_share,
    {{ ratio('requests.with_user', 'requests.requests') }} as user_share,
    {{ ratio('requests.with_tenant', 'requests.requests') }} as tenant_share,
    requests.last_day
from requests
full outer join {{ ref('dim_flows') }} as flows on requests.flow = flows.flow
left join kinds on flows.flow = kinds.flow
