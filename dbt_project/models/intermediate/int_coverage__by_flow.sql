-- Grain: one row per flow with measured coverage: the mean of its components, weighted by lines.
with weighted as (

    select
        flows.flow,
        coverage.component,
        coverage.measured_day,
        coverage.cov_line,
        coverage.cov_branch,
        coverage.cov_function,
        case when coverage.cov_line is not null then coverage.lines_total end as line_weight,
        case when coverage.cov_branch is not null then coverage.lines_total end as branch_weight,
        case when coverage.cov_function is not null then coverage.lines_total end as function_weight
    from {{ ref('int_components__flows') }} as flows
    inner join {{ ref('int_coverage__by_component') }} as coverage on flows.component = coverage.component

)

select
    flow,
    {{ stable(ratio('sum(cov_line * line_weight)', 'sum(line_weight)')) }} as cov_line,
    {{ stable(ratio('sum(cov_branch * branch_weight)', 'sum(branch_weight)')) }} as cov_branch,
    {{ stable(ratio('sum(cov_function * function_weight)', 'sum(function_weight)')) }} as cov_function,
    cast(count(distinct component) as bigint) as measured_components,
    min(measured_day) as measured_day
from weighted
group by flow
