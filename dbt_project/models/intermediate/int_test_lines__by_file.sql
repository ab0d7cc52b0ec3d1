-- Grain: one row per test, repo and file of which the newest per-test coverage says what that one test ran there.
-- A name in a report that stands for several tests (all parameters of one) tells of none of them.
with named as (

    select
        repo,
        test,
        min(test_id) as test_id
    from {{ ref('int_covering_tests__identified') }}
    group by repo, test
    having count(*) = 1

)

select
    named.test_id,
    coverage.repo,
    files.repo_file as file,
    max(coverage.lines_covered) as lines_covered,
    -- Which lines, where all reports of that commit say the same.
    case when min(coverage.line_runs) = max(coverage.line_runs) then max(coverage.line_runs) end as line_runs
from {{ ref('stg_ci__test_coverage') }} as coverage
inner join {{ ref('int_files__components') }} as files on coverage.repo = files.repo and coverage.file = files.file
inner join {{ ref('int_test_coverage__latest') }} as latest
    on coverage.repo = latest.repo and coverage.sha = latest.sha and files.component = latest.component
inner join named on coverage.repo = named.repo and coverage.test = named.test
where coverage.lines_covered > 0
group by named.test_id, coverage.repo, files.repo_file
