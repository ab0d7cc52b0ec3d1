-- Grain: one row per repo, file and sha: covered and total counts; percentages are fractions from 0 to 1.
select
    repo,
    file,
    sha,
    reported_file,
    component,
    format,
    lines_covered,
    lines_total,
    {{ ratio('lines_covered', 'lines_total') }} as line_coverage,
    branches_covered,
    branches_total,
    {{ ratio('branches_covered', 'branches_total') }} as branch_coverage,
    functions_covered,
    functions_total,
    {{ ratio('functions_covered', 'functions_total') }} as function_coverage,
    measured_day
from {{ ref('int_coverage__by_file') }}
