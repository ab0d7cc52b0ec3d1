-- Grain: one row per deployment, as it was known at the end of the as-of day.
select deployments.*
from {{ ref('stg_deployments__deployments') }} as deployments
cross join {{ ref('int_run__as_of') }} as run
where
    deployments.version_day <= run.as_of
    and coalesce(deployments.deployed_day, deployments.version_day) <= run.as_of
qualify row_number() over (
    partition by deployments.source, deployments.deployment_id
    order by
        deployments.updated_at desc nulls last, deployments.version_day desc,
        md5(coalesce(deployments.deployment_status, '') || coalesce(deployments.sha, '')) asc
) = 1
