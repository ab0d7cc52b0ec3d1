-- Grain: one row per repo, sha, report, test and file. No test: what ran outside of all tests.
select
    source,
    _file as file_id,
    repo,
    sha,
    branch,
    build,
    run_attempt,
    coalesce(report, '') as report,
    nullif(test, '') as test,
    file,
    lines_covered,
    line_runs,
    day as measured_day
from {{ source('raw', 'test_coverage') }}
