-- Grain: one row per flow with measured coverage: the mean of its components, weighted by lines.
select
    flows.flow,
    {{ ratio('sum(coverage.cov_line * coverage.lines_total)', 'sum(case when coverage.cov_line is not null then coverage.lines_total end)') }}
        as cov_line,
    {{ ratio('sum(coverage.cov_branch * coverage.lines_total)', 'sum(case when coverage.cov_branch is not null then coverage.lines_total end)') }}
        as cov_branch,
    {{ ratio('sum(coverage.cov_function * coverage.lines_total)', 'sum(case when coverage.cov_function is not null then coverage.lines_total end)') }}
        as cov_function,
    cast(count(distinct coverage.component) as bigint) as measured_components,
    min(coverage.measured_day) as measured_day
from {{ ref('int_components__flows') }} as flows
inner join {{ ref('int_coverage__by_component') }} as coverage on flows.component = coverage.component
group by flows.flow
