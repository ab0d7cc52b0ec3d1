-- Grain: one row per repo and test path that the test_paths seed says something about.
with paths as (

    select distinct
        repo,
        path
    from {{ ref('int_tests__tagged') }}
    where path is not null

)

select
    paths.repo,
    paths.path,
    rules.flow,
    rules.risk,
    rules.component,
    rules.owner,
    rules.path_glob
from paths
inner join {{ ref('test_paths') }} as rules
    on
        (rules.repo = '*' or rules.repo = paths.repo)
        and {{ glob_match('paths.path', 'rules.path_glob') }}
qualify row_number() over (
    partition by paths.repo, paths.path
    order by {{ glob_weight('rules.path_glob') }} desc, rules.repo desc, rules.path_glob asc
) = 1
