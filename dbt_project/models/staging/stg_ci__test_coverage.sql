-- Grain: one row per repo, sha, report, test and file.
select
    source,
    _file as file_id,
    repo,
    sha,
    branch,
    build,
    run_attempt,
    coalesce(report, '') as report,
    test,
    file,
    lines_covered,
    day as measured_day
from {{ source('raw', 'test_coverage') }}
