-- Grain: one row per flow with measured coverage: what its own tests cover of its components where that is told, else
-- the mean of its components, weighted by lines. Never a mixture; tests are told of by lines only.
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

),

by_tests as (

    select *
    from {{ ref('int_coverage__by_flow_tests') }}
    where platform = 'all'

),

by_components as (

    select
        flow,
        {{ stable(ratio('sum(cov_line * line_weight)', 'sum(line_weight)')) }} as cov_line,
        {{ stable(ratio('sum(cov_branch * branch_weight)', 'sum(branch_weight)')) }} as cov_branch,
        {{ stable(ratio('sum(cov_function * function_weight)', 'sum(function_weight)')) }} as cov_function,
        cast(count(distinct component) as bigint) as measured_components,
        min(measured_day) as measured_day
    from weighted
    group by flow

)

select
    by_components.flow,
    case when by_tests.flow is not null then 'tests' else 'components' end as coverage_from,
    case when by_tests.flow is not null then by_tests.cov_line else by_components.cov_line end as cov_line,
    case when by_tests.flow is null then by_components.cov_branch end as cov_branch,
    case when by_tests.flow is null then by_components.cov_function end as cov_function,
    coalesce(by_tests.measured_components, by_components.measured_components) as measured_components,
    coalesce(by_tests.measured_day, by_components.measured_day) as measured_day
from by_components
left join by_tests on by_components.flow = by_tests.flow
