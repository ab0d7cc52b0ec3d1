-- Grain: as stg_usage__counts, with the flow each row belongs to (NULL: unmapped, counted and listed).
-- Two tools that trace one service see the same uses: on each day those of the one that saw most are its spans,
-- and the other's are read but are no use of a flow.
{{ by_day(
    'usage_day', 'stg_usage__days', row_by_row=['int_routes__mapped', 'int_routes__segmented', 'int_events__mapped']
) }}
with traced as (

    select
        source,
        service,
        usage_day,
        sum(events) as events
    from {{ ref('stg_usage__counts') }}
    where kind = 'span' and {{ batch_days('usage_day') }}
    group by source, service, usage_day

),

tracers as (

    select
        source,
        service,
        usage_day
    from traced
    qualify row_number() over (partition by service, usage_day order by events desc, source asc) = 1

)

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
        when counts.kind = 'span' and tracers.source is not null then 'spans'
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
    counts.device,
    counts.locale,
    counts.experiment,
    counts.events,
    counts.users,
    counts.lag_days
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
left join tracers
    on
        counts.kind = 'span'
        and counts.source = tracers.source
        and counts.service = tracers.service
        and counts.usage_day = tracers.usage_day
left join {{ ref('platform_aliases') }} as platforms on counts.raw_platform = platforms.alias
left join {{ ref('platform_aliases') }} as browsers on counts.raw_browser = browsers.alias
where {{ batch_days('counts.usage_day') }}
