-- Grain: one row per repo, file and sha. Several reports of one sha (shards, unit and e2e) cannot be added
-- up from counts alone, so the one that covers most stands: a lower bound of what is covered.
select
    coverage.repo,
    files.repo_file as file,
    coverage.sha,
    max(coverage.file) as reported_file,
    max(components.component) as component,
    min(coverage.format) as format,
    max(coverage.lines_covered) as lines_covered,
    max(coverage.lines_total) as lines_total,
    max(coverage.branches_covered) as branches_covered,
    max(coverage.branches_total) as branches_total,
    max(coverage.functions_covered) as functions_covered,
    max(coverage.functions_total) as functions_total,
    max(coverage.measured_day) as measured_day,
    max(coverage.measured_at) as measured_at
from {{ ref('stg_ci__file_coverage') }} as coverage
inner join {{ ref('int_files__known') }} as files on coverage.repo = files.repo and coverage.file = files.file
left join {{ ref('int_files__components') }} as components
    on coverage.repo = components.repo and coverage.file = components.file
cross join {{ ref('int_run__as_of') }} as run
where
    coverage.sha is not null
    and coverage.measured_day <= run.as_of
group by coverage.repo, files.repo_file, coverage.sha
