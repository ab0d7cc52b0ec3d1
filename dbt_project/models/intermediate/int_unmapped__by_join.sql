-- Grain: one row per kind, source and name that leads no further: to no flow, owner, zone or commit.
with components as (

    select component
    from {{ ref('component_flows') }}
    group by component
    having count(flow) = 0

),

attempts as (

    select
        attempts.source,
        attempts.repo,
        attempts.sha is null as is_without_sha,
        attempts.is_zone_assumed,
        attempts.run_day
    from {{ ref('stg_ci__test_attempts') }} as attempts
    cross join {{ ref('int_run__as_of') }} as run
    where attempts.run_day <= run.as_of

)

select
    'component' as kind,
    'component_flows' as source,
    components.component as name,
    components.component as label,
    count(distinct files.repo || ' ' || files.repo_file) as volume,
    max(coverage.measured_day) as last_day
from components
left join {{ ref('int_files__components') }} as files on components.component = files.component
left join {{ ref('int_coverage__by_component') }} as coverage on components.component = coverage.component
group by components.component
union all
select
    'issue_type' as kind,
    source,
    coalesce(issue_type, 'without type') as name,
    '' as label,
    count(*) as volume,
    max(created_day) as last_day
from {{ ref('int_issues__classified') }}
where not is_type_known
group by source, issue_type
union all
select
    'service' as kind,
    source,
    service as name,
    service as label,
    sightings as volume,
    last_day
from {{ ref('int_services__unknown') }}
union all
select
    'code_owner' as kind,
    source,
    handle as name,
    '' as label,
    count(*) as volume,
    max(owners_day) as last_day
from {{ ref('int_code_owners__named') }}
where owner is null
group by source, handle
union all
select
    'assumed_zone' as kind,
    source,
    coalesce(repo, 'without repository') as name,
    '' as label,
    count(*) as volume,
    max(run_day) as last_day
from attempts
where is_zone_assumed
group by source, repo
union all
select
    'assumed_zone' as kind,
    loads.source,
    loads.source as name,
    '' as label,
    sum(loads.assumed_zones) as volume,
    max(loads.folder_day) as last_day
from {{ ref('stg_ledger__loads') }} as loads
cross join {{ ref('int_run__as_of') }} as run
where
    loads.assumed_zones > 0
    and loads.folder_day <= run.as_of
group by loads.source
union all
select
    'test_without_sha' as kind,
    source,
    coalesce(repo, 'without repository') as name,
    '' as label,
    count(*) as volume,
    max(run_day) as last_day
from attempts
where is_without_sha
group by source, repo
union all
select *
from {{ ref('int_incidents__ahead') }}
