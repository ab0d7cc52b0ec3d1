-- Grain: one row per component whose repositories all have a list of their files: its lines of code.
with rules as (

    select distinct
        repo,
        path_glob,
        component
    from {{ ref('component_flows') }}

),

listed as (

    select
        repo,
        max(size_day) as size_day
    from {{ ref('int_files__code') }}
    group by repo

),

-- Globs of any repository say nothing of a component before one is listed.
complete as (

    select
        rules.component,
        min(listed.size_day) as size_day
    from rules
    left join listed on rules.repo in ('*', listed.repo)
    group by rules.component
    having bool_and(listed.repo is not null)

),

-- The most specific glob wins, as everywhere.
placed as (

    select
        files.lines,
        rules.component
    from {{ ref('int_files__code') }} as files
    inner join rules
        on (rules.repo = '*' or rules.repo = files.repo) and {{ glob_match('files.file', 'rules.path_glob') }}
    qualify row_number() over (
        partition by files.repo, files.file
        order by
            {{ glob_weight('rules.path_glob') }} desc, rules.repo desc, rules.path_glob asc, rules.component asc
    ) = 1

)

select
    complete.component,
    complete.size_day,
    cast(coalesce(sum(placed.lines), 0) as bigint) as lines_of_code
from complete
left join placed on complete.component = placed.component
group by complete.component, complete.size_day
