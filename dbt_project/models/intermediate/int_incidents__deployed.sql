-- Grain: one row per incident with a time (source, incident_id): the last deployment to production in the hours before
-- it of its service, else of its component or of a repository of it. None: unattributed; unknown where no deployments
-- of its day are known.
with homes as (

    select distinct
        component,
        repo
    from {{ ref('component_flows') }}

),

shipped as (

    select
        source,
        deployment_id,
        repo,
        service,
        version,
        sha,
        deployed_at
    from {{ ref('int_deployments__current') }}
    where deployed_at is not null and {{ is_production('environment') }}

),

pairs as (

    select
        incidents.source,
        incidents.incident_id,
        shipped.source as deployment_source,
        shipped.deployment_id,
        shipped.version as deployment_version,
        shipped.sha as deployment_sha,
        shipped.deployed_at,
        incidents.from_minute,
        case
            when incidents.service in (shipped.service, shipped.repo) then 'service'
            when incidents.component = shipped.service then 'component'
            when homes.repo is not null then 'repo'
        end as matched_by
    from {{ ref('int_incidents__timed') }} as incidents
    inner join shipped
        on
            shipped.deployed_at <= incidents.from_minute
            and shipped.deployed_at >= {{ dbt.dateadd(
                'hour', '-1 * cast(' ~ threshold('incident_deployment_hours') ~ ' as integer)', 'incidents.from_minute'
            ) }}
    left join homes on incidents.component = homes.component and shipped.repo = homes.repo

),

nearest as (

    select *
    from pairs
    where matched_by is not null
    qualify row_number() over (
        partition by source, incident_id
        order by
            case matched_by when 'service' then 1 when 'component' then 2 else 3 end asc,
            deployed_at desc, deployment_source asc, deployment_id asc
    ) = 1

),

known as (

    select
        min(deployed_day) as from_day,
        max(deployed_day) as to_day
    from {{ ref('int_deployments__current') }}

)

select
    incidents.source,
    incidents.incident_id,
    nearest.deployment_source,
    nearest.deployment_id,
    nearest.deployment_version,
    nearest.deployment_sha,
    nearest.deployed_at,
    {{ dbt.datediff('nearest.deployed_at', 'nearest.from_minute', 'minute') }} as minutes_since_deployment,
    case
        when nearest.matched_by is not null then nearest.matched_by
        when known.from_day <= incidents.detected then 'unattributed'
        else 'unknown'
    end as deployment_match
from {{ ref('int_incidents__timed') }} as incidents
cross join known
left join nearest on incidents.source = nearest.source and incidents.incident_id = nearest.incident_id
