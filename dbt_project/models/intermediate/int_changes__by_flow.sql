-- Grain: one row per flow whose components lie in a loaded repo: commits that touched them in the window.
with loaded_repos as (

    select distinct replace(replace(split_part(loads.path, '/', -1), '.log', ''), '%2F', '/') as repo
    from {{ ref('stg_ledger__loads') }} as loads
    cross join {{ ref('int_run__as_of') }} as run
    where
        loads.family = 'git'
        and loads.rejected_records < greatest(loads.records_read, 1)
        and loads.folder_day <= run.as_of
        and loads.folder_day > {{ days_before('run.as_of', threshold('change_window_days')) }}

),

flows as (

    select distinct component_flows.flow
    from {{ ref('component_flows') }} as component_flows
    inner join loaded_repos on component_flows.repo in ('*', loaded_repos.repo)
    where component_flows.flow is not null

),

touched as (

    select distinct
        flows.flow,
        commits.repo,
        commits.sha,
        commits.commit_day
    from {{ ref('stg_git__commits') }} as commits
    inner join {{ ref('int_files__components') }} as files on commits.repo = files.repo and commits.file = files.file
    inner join {{ ref('int_components__flows') }} as flows on files.component = flows.component
    cross join {{ ref('int_run__as_of') }} as run
    where
        not commits.is_merge
        and not commits.is_bot
        and commits.commit_day <= run.as_of
        and commits.commit_day > {{ days_before('run.as_of', threshold('change_window_days')) }}

)

select
    flows.flow,
    cast(count(touched.sha) as bigint) as commits_30d,
    max(touched.commit_day) as last_commit_day
from flows
left join touched on flows.flow = touched.flow
group by flows.flow
