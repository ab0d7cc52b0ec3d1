-- Grain: one row per day on which a build began: until when it was run again, and which of its runs were outages.
select
    builds.build_day as day,
    builds.build_day as from_day,
    max(builds.run_day) as until_day,
    cast(max(builds.run_day) as string)
    || coalesce({{ dbt.listagg("' ' || noisy.run_id", "''", 'order by noisy.run_id') }}, '') as digest
from {{ ref('int_ci_builds__runs') }} as builds
left join {{ ref('int_ci_runs__noise_flagged') }} as noisy on builds.run_id = noisy.run_id and noisy.noisy
group by builds.build_day
