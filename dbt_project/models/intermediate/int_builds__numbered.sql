-- Grain: one row per repo, branch, pipeline and build of the alias window: its place in their order. The attempts of
-- a build are one: a rerun of what failed does not hold the other tests.
with builds as (

    select
        attempts.repo,
        coalesce(attempts.branch, '') as branch,
        coalesce(attempts.pipeline, '') as pipeline,
        attempts.build,
        max(attempts.sha) as sha,
        min(attempts.run_day) as run_day,
        coalesce(min(attempts.started_at), cast(min(attempts.run_day) as timestamp)) as started_at,
        max(runs.missing_suites_json) is null as is_complete
    from {{ ref('int_test_attempts__keyed') }} as attempts
    left join {{ ref('stg_ci__runs') }} as runs on attempts.run_id = runs.run_id
    where attempts.run_day > {{ before_window(threshold('alias_window_days')) }}
    group by 1, 2, 3, 4

)

select
    *,
    row_number() over (
        partition by repo, branch, pipeline
        order by started_at asc nulls last, length(build) asc, build asc
    ) as n
from builds
