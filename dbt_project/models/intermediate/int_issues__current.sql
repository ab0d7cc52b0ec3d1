-- Grain: one row per issue, as it was known at the end of the as-of day.
select issues.*
from {{ ref('stg_issues__issues') }} as issues
cross join {{ ref('int_run__as_of') }} as run
where issues.version_day <= run.as_of
qualify row_number() over (
    partition by issues.source, issues.issue_key
    order by
        issues.updated_at desc nulls last, issues.version_day desc,
        md5(coalesce(issues.issue_status, '') || coalesce(issues.title, '') || coalesce(issues.labels_json, '')) asc
) = 1
