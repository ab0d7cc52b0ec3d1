-- Grain: one row per CI run: the first and the last day of its bundles. All it brought belongs to the first.
{{ config(materialized='table') }}

select
    repo,
    coalesce(build, '') as build,
    run_attempt,
    min(run_day) as run_day,
    max(run_day) as last_day
from {{ ref('stg_ci__bundles') }}
group by repo, coalesce(build, ''), run_attempt
