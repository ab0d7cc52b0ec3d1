-- Grain: one row per repo, branch, pipeline and test without its parameters: its first and last build there, in the
-- alias window. A skipped test is still there.
with sightings as (

    select distinct
        attempts.repo,
        coalesce(attempts.branch, '') as branch,
        coalesce(attempts.pipeline, '') as pipeline,
        attempts.build,
        tests.base_id
    from {{ ref('int_test_attempts__keyed') }} as attempts
    inner join {{ ref('int_tests__tagged') }} as tests on attempts.test_id = tests.test_id
    cross join {{ ref('int_run__as_of') }} as run
    where attempts.run_day > {{ days_before('run.as_of', threshold('alias_window_days')) }}

)

select
    builds.repo,
    builds.branch,
    builds.pipeline,
    sightings.base_id,
    min(builds.n) as first_n,
    max(builds.n) as last_n,
    min(builds.started_at) as first_started_at,
    max(builds.started_at) as last_started_at,
    min(builds.run_day) as first_day,
    max(builds.run_day) as last_day,
    min_by(builds.sha, builds.n) filter (where builds.sha is not null) as first_sha,
    max_by(builds.sha, builds.n) filter (where builds.sha is not null) as last_sha
from {{ ref('int_builds__numbered') }} as builds
inner join sightings
    on
        builds.repo = sightings.repo
        and builds.branch = sightings.branch
        and builds.pipeline = sightings.pipeline
        and builds.build = sightings.build
group by builds.repo, builds.branch, builds.pipeline, sightings.base_id
