-- Grain: one row per flow, platform (or `all`), repo, file, sha and runs of lines that a test of the flow ran there, or
-- that ran outside of all tests.
with told as (

    select
        coverage.repo,
        known.repo_file as file,
        coverage.sha,
        coverage.test,
        coverage.line_runs
    from {{ ref('stg_ci__test_coverage') }} as coverage
    inner join {{ ref('int_files__known') }} as known on coverage.repo = known.repo and coverage.file = known.file
    where
        coverage.line_runs is not null
        and coverage.sha in (select latest.sha from {{ ref('int_test_coverage__latest') }} as latest)

),

by_tests as (

    select distinct
        scoped.flow,
        scoped.platform,
        told.repo,
        told.file,
        told.sha,
        told.line_runs
    from told
    inner join {{ ref('int_covering_tests__identified') }} as tests
        on told.repo = tests.repo and told.test = tests.test
    inner join {{ ref('int_flow_tests__scoped') }} as scoped on tests.test_id = scoped.test_id

)

-- A run of these tests would import the files that they run, too.
select
    flow,
    platform,
    repo,
    file,
    sha,
    line_runs
from by_tests
union
select
    by_tests.flow,
    by_tests.platform,
    told.repo,
    told.file,
    told.sha,
    told.line_runs
from by_tests
inner join told on by_tests.repo = told.repo and by_tests.file = told.file and by_tests.sha = told.sha
where told.test is null
