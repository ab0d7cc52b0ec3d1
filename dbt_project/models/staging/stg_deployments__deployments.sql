-- Grain: one row per version of a deployment.
-- A table, because several models read it and the lake keeps it in many small files.
{{ config(materialized='table') }}
select
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
    day as version_day,
    min_by(_file, delivery_number) as file_id
from {{ told('deployments') }}
{{ group_by_first(12) }}
