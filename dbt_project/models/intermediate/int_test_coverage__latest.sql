-- Grain: one row per repo, component and its newest sha of which the reports say, for each of its files, which tests
-- ran it; if that is not too old.
with reports as (

    select distinct
        file_id,
        report
    from {{ ref('stg_ci__test_coverage') }}
    where test is not null

),

-- A file that no test ran has no tests: that its report names tests at all makes it one of which that is known.
told as (

    select distinct
        coverage.repo,
        known.repo_file as file,
        coverage.sha
    from {{ ref('stg_ci__file_coverage') }} as coverage
    inner join reports on coverage.file_id = reports.file_id and coverage.report = reports.report
    inner join {{ ref('int_files__known') }} as known on coverage.repo = known.repo and coverage.file = known.file

),

dated as (

    select
        files.repo,
        files.component,
        files.sha,
        max(files.measured_day) as measured_day,
        max(files.measured_at) as measured_at
    from {{ ref('int_coverage__by_file') }} as files
    left join told on files.repo = told.repo and files.file = told.file and files.sha = told.sha
    where files.component is not null
    group by files.repo, files.component, files.sha
    having count(*) = count(told.file)

)

select
    dated.repo,
    dated.component,
    dated.sha,
    dated.measured_day
from dated
cross join {{ ref('int_run__as_of') }} as run
where dated.measured_day >= {{ days_before('run.as_of', threshold('coverage_max_age_days')) }}
qualify row_number() over (
    partition by dated.repo, dated.component
    order by dated.measured_day desc, dated.measured_at desc nulls last, dated.sha desc
) = 1
