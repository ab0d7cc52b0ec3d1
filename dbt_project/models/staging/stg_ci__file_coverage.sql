-- Grain: one row per repo, sha, file and report.
select
    source,
    _file as file_id,
    repo,
    sha,
    branch,
    build,
    run_attempt,
    format,
    coalesce(report, '') as report,
    component as component_hint,
    file,
    lines_covered,
    lines_total,
    branches_covered,
    branches_total,
    functions_covered,
    functions_total,
    measured_at,
    day as measured_day
from {{ source('raw', 'file_coverage') }}
