-- Grain: one row per deployment, as known on the as-of day.
select
    source,
    deployment_id,
    repo,
    service,
    version,
    sha,
    environment,
    deployment_status as status,
    deployed_at,
    deployed_day
from {{ ref('int_deployments__current') }}
