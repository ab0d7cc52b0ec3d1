-- Grain: one row per flow and day: answers to users' requests that logs or traces tell the status of, and those that
-- were 5xx.
select
    coalesce(routes.flow, events.flow) as flow,
    requests.usage_day as day,
    sum(case when requests.status_class = '5xx' then requests.with_status else 0 end) as failed,
    sum(requests.with_status) as requests
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
where requests.actor = 'user' and coalesce(routes.flow, events.flow) is not null
group by coalesce(routes.flow, events.flow), requests.usage_day
