-- Grain: one row per flow and platform (or `all`) whose coverage its own tests tell: the lines that a run of only these
-- tests would cover, of all lines of its components.
with files as (

    select
        measured.flow,
        measured.platform,
        latest.component,
        latest.measured_day,
        files.repo,
        files.file,
        files.sha,
        files.lines_total
    from {{ ref('int_flow_tests__measured') }} as measured
    inner join {{ ref('int_components__flows') }} as flows on measured.flow = flows.flow
    inner join {{ ref('int_test_coverage__latest') }} as latest on flows.component = latest.component
    inner join {{ ref('int_coverage__by_file') }} as files
        on latest.repo = files.repo and latest.component = files.component and latest.sha = files.sha
    where files.lines_total is not null

),

runs as (

    select distinct
        files.flow,
        files.platform,
        files.repo,
        files.file,
        cast(split_part(split_part(told.line_runs, ',', cast(numbers.n as integer)), '-', 1) as bigint)
            as first_line,
        cast(split_part(split_part(told.line_runs, ',', cast(numbers.n as integer)), '-', -1) as bigint)
            as last_line
    from files
    inner join {{ ref('int_flow_tests__line_runs') }} as told
        on
            files.flow = told.flow
            and files.platform = told.platform
            and files.repo = told.repo
            and files.file = told.file
            and files.sha = told.sha
    inner join {{ ref('numbers') }} as numbers
        on
            numbers.n >= 1
            and numbers.n
            <= length(told.line_runs) - length(replace(told.line_runs, ',', '')) + 1

),

reached as (

    select
        *,
        coalesce(max(last_line) over (
            partition by flow, platform, repo, file
            order by first_line asc, last_line asc
            rows between unbounded preceding and 1 preceding
        ), 0) as last_before
    from runs

),

by_file as (

    select
        flow,
        platform,
        repo,
        file,
        -- Of each run what no run before it has reached: tests that cover the same lines count them once.
        sum(greatest(0, last_line - greatest(first_line - 1, last_before))) as lines_covered
    from reached
    group by flow, platform, repo, file

)

select
    files.flow,
    files.platform,
    {{ stable(ratio('sum(least(coalesce(by_file.lines_covered, 0), files.lines_total))', 'sum(files.lines_total)')) }}
        as cov_line,
    cast(count(distinct files.component) as bigint) as measured_components,
    min(files.measured_day) as measured_day
from files
left join by_file
    on
        files.flow = by_file.flow
        and files.platform = by_file.platform
        and files.repo = by_file.repo
        and files.file = by_file.file
group by files.flow, files.platform
