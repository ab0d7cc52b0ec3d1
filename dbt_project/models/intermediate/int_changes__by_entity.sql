-- Grain: one row per flow and per component (grain, entity) that lies in a loaded repo: commits that touched it in
-- the window.
with loaded_repos as (

    select distinct replace(replace(split_part(loads.path, '/', -1), '.log', ''), '%2F', '/') as repo
    from {{ ref('stg_ledger__loads') }} as loads
    cross join {{ ref('int_run__as_of') }} as run
    where
        loads.family = 'git'
        -- Owners and lists of files say nothing of commits.
        and split_part(loads.path, '/', -1) like '%.log%'
        and loads.rejected_records < greatest(loads.records_read, 1)
        and loads.folder_day <= run.as_of
        and loads.folder_day > {{ days_before('run.as_of', threshold('change_window_days')) }}

),

entities as (

    select distinct
        parts.grain,
        parts.entity
    from {{ ref('int_entities__components') }} as parts
    inner join {{ ref('component_flows') }} as component_flows on parts.component = component_flows.component
    inner join loaded_repos on component_flows.repo in ('*', loaded_repos.repo)

),

touched as (

    select distinct
        parts.grain,
        parts.entity,
        commits.repo,
        commits.sha,
        commits.commit_day
    from {{ ref('stg_git__commits') }} as commits
    inner join {{ ref('int_files__components') }} as files on commits.repo = files.repo and commits.file = files.file
    inner join {{ ref('int_entities__components') }} as parts on files.component = parts.component
    cross join {{ ref('int_run__as_of') }} as run
    where
        not commits.is_merge
        and not commits.is_bot
        and commits.commit_day <= run.as_of
        and commits.commit_day > {{ days_before('run.as_of', threshold('change_window_days')) }}

)

select
    entities.grain,
    entities.entity,
    cast(count(touched.sha) as bigint) as commits_30d,
    max(touched.commit_day) as last_commit_day
from entities
left join touched on entities.grain = touched.grain and entities.entity = touched.entity
group by entities.grain, entities.entity
