-- Grain: one row per version of a deployment.
select distinct
    source,
    deployment_id,
    repo,
    service,
    version,
    sha,
    lower(environment) as environment,
    deployed_at,
    {{ reporting_day('deployed_at') }} as deployed_day,
    lower(status) as deployment_status,
    updated_at,
    day as version_day
from {{ source('raw', 'deployments') }}
