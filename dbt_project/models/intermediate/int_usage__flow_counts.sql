-- Grain: as stg_usage__counts, with the flow each row belongs to (NULL: unmapped, counted and listed).
select
    counts.source,
    counts.file_id,
    counts.usage_day,
    counts.kind,
    counts.service,
    counts.event,
    counts.method,
    counts.actor,
    coalesce(routes.flow, events.flow) as flow,
    events.role,
    case
        when counts.kind = 'event' and events.role = 'performed' then 'analytics_performed'
        when counts.kind = 'event' and events.role = 'completed' then 'analytics_completed'
        when counts.kind = 'event' and events.role = 'started' then 'analytics_started'
        when counts.kind = 'request' then 'requests'
        when counts.kind = 'span' then 'spans'
        when counts.kind = 'count' then 'counts'
        when counts.kind = 'transition' then 'database'
    end as usage_basis,
    coalesce(platforms.platform, browsers.platform, counts.raw_platform) as platform,
    coalesce(browsers.browser, platforms.browser, counts.raw_browser) as browser,
    {{ runtime(
        'coalesce(platforms.platform, browsers.platform, counts.raw_platform)',
        'coalesce(browsers.browser, platforms.browser, counts.raw_browser)'
    ) }} as runtime,
    counts.persona,
    counts.tier,
    counts.version,
    counts.events,
    counts.users,
    counts.lag_days
from {{ ref('stg_usage__counts') }} as counts
left join {{ ref('int_routes__mapped') }} as routes
    on
        counts.kind = 'request'
        and counts.service = routes.service
        and counts.method = routes.method
        and counts.event = routes.route
left join {{ ref('int_events__mapped') }} as events
    on
        counts.kind = events.kind
        and counts.source = events.source
        and counts.event = events.event
left join {{ ref('platform_aliases') }} as platforms on counts.raw_platform = platforms.alias
left join {{ ref('platform_aliases') }} as browsers on counts.raw_browser = browsers.alias
