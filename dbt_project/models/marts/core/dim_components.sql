-- Grain: one row per component of the component map.
with components as (

    select
        component,
        cast(count(distinct path_glob) as bigint) as path_globs,
        min(flow) as first_flow,
        cast(count(distinct flow) as bigint) as flows,
        max(case when repo = '*' then null else repo end) as repo
    from {{ ref('component_flows') }}
    group by component

),

files as (

    select
        component,
        cast(count(distinct repo || '/' || repo_file) as bigint) as files
    from {{ ref('int_files__components') }}
    group by component

),

coverage as (

    select
        component,
        cast(sum(lines_covered) as bigint) as lines_covered,
        cast(sum(lines_total) as bigint) as lines_total,
        max(measured_day) as coverage_day
    from {{ ref('int_coverage__by_component') }}
    group by component

)

select
    components.component,
    components.repo,
    components.path_globs,
    components.flows,
    components.first_flow,
    coalesce(files.files, 0) as files,
    coverage.lines_covered,
    coverage.lines_total,
    {{ ratio('coverage.lines_covered', 'coverage.lines_total') }} as line_coverage,
    coverage.coverage_day,
    sizes.lines_of_code,
    sizes.size_day
from components
left join files on components.component = files.component
left join coverage on components.component = coverage.component
left join {{ ref('int_components__sizes') }} as sizes on components.component = sizes.component
