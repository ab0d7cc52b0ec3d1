-- Grain: one row per repo and file that belongs to a component: the most specific glob wins.
with rules as (

    select distinct
        repo,
        path_glob,
        component
    from {{ ref('component_flows') }}

)

select
    files.repo,
    files.file,
    files.repo_file,
    rules.component,
    rules.path_glob
from {{ ref('int_files__known') }} as files
inner join rules
    on
        (rules.repo = '*' or rules.repo = files.repo)
        and {{ glob_match('files.repo_file', 'rules.path_glob') }}
qualify row_number() over (
    partition by files.repo, files.file
    order by {{ glob_weight('rules.path_glob') }} desc, rules.repo desc, rules.path_glob asc, rules.component asc
) = 1
