-- Grain: one row per CI run: the first and the last day of its bundles. All it brought belongs to the first.
{{ config(materialized='table') }}

select
    repo,
    coalesce(build, '') as build,
    coalesce(run_attempt, 1) as run_attempt,
    min(day) as run_day,
    max(day) as last_day
from {{ source('raw', 'ci_runs') }}
group by repo, coalesce(build, ''), coalesce(run_attempt, 1)
