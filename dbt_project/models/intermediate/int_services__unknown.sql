-- Grain: one row per source and service that deployments, metrics or incidents name and that nothing else knows: no
-- component, no service of a route, no alias and no flow is called so.
with sightings as (

    select
        source,
        service,
        deployed_day as seen_day
    from {{ ref('int_deployments__current') }}
    union all
    -- Of an incident with a component that is what says whom it hit.
    select
        source,
        service,
        detected as seen_day
    from {{ ref('int_incidents__current') }}
    where component is null
    union all
    select
        metrics.source,
        metrics.service,
        metrics.metric_day as seen_day
    from {{ ref('stg_metrics__service_metrics') }} as metrics
    cross join {{ ref('int_run__as_of') }} as run
    where metrics.metric_day <= run.as_of

),

known as (

    select lower(component) as service
    from {{ ref('component_flows') }}
    union
    select lower(service) as service
    from {{ ref('route_patterns') }}
    union
    select lower(alias) as service
    from {{ ref('flow_aliases') }}
    union
    select flow as service
    from {{ ref('int_flows__catalogued') }}
    union
    select lower(service) as service
    from {{ ref('int_usage__flow_counts') }}
    where flow is not null

)

select
    sightings.source,
    sightings.service,
    cast(count(*) as bigint) as sightings,
    max(sightings.seen_day) as last_day
from sightings
left join known on lower(sightings.service) = known.service
where
    known.service is null
    and sightings.service <> ''
group by sightings.source, sightings.service
