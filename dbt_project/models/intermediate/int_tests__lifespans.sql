-- Grain: one row per repo, branch, pipeline and test without its parameters: its first and last build there, in the
-- alias window. A skipped test is still there.
select
    builds.repo,
    builds.branch,
    builds.pipeline,
    tests.base_id,
    min(builds.n) as first_n,
    max(builds.n) as last_n,
    min(builds.started_at) as first_started_at,
    max(builds.started_at) as last_started_at,
    min(builds.run_day) as first_day,
    max(builds.run_day) as last_day,
    min_by(builds.sha, builds.n) filter (where builds.sha is not null) as first_sha,
    max_by(builds.sha, builds.n) filter (where builds.sha is not null) as last_sha
from {{ ref('int_test_attempts__keyed') }} as attempts
inner join {{ ref('int_tests__tagged') }} as tests on attempts.test_id = tests.test_id
inner join {{ ref('int_builds__numbered') }} as builds
    on
        attempts.repo = builds.repo
        and coalesce(attempts.branch, '') = builds.branch
        and coalesce(attempts.pipeline, '') = builds.pipeline
        and attempts.build = builds.build
where attempts.run_day > {{ before_window(threshold('alias_window_days')) }}
group by builds.repo, builds.branch, builds.pipeline, tests.base_id
