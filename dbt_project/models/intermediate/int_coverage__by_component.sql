-- Grain: one row per repo and component: the counts of its latest sha, if that is not too old.
with by_sha as (

    select
        repo,
        component,
        sha,
        max(measured_day) as measured_day,
        max(measured_at) as measured_at,
        cast(sum(lines_covered) as bigint) as lines_covered,
        cast(sum(lines_total) as bigint) as lines_total,
        cast(sum(branches_covered) as bigint) as branches_covered,
        cast(sum(branches_total) as bigint) as branches_total,
        cast(sum(functions_covered) as bigint) as functions_covered,
        cast(sum(functions_total) as bigint) as functions_total
    from {{ ref('int_coverage__by_file') }}
    where component is not null
    group by repo, component, sha

)

select
    by_sha.*,
    {{ ratio('by_sha.lines_covered', 'by_sha.lines_total') }} as cov_line,
    {{ ratio('by_sha.branches_covered', 'by_sha.branches_total') }} as cov_branch,
    {{ ratio('by_sha.functions_covered', 'by_sha.functions_total') }} as cov_function
from by_sha
cross join {{ ref('int_run__as_of') }} as run
where by_sha.measured_day >= {{ days_before('run.as_of', threshold('coverage_max_age_days')) }}
qualify row_number() over (
    partition by by_sha.repo, by_sha.component
    order by by_sha.measured_day desc, by_sha.measured_at desc nulls last, by_sha.sha desc
) = 1
