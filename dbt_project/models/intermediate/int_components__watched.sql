-- Grain: one row per component of the map: how often it changes in a quarter, and how many incidents it had. Of what is
-- not loaded the numbers are NULL.
with loaded as (

    select
        component_flows.component,
        -- Where several repositories make it up, only since the last of them came are its changes all known.
        max(repos.loaded_from) as loaded_from
    from {{ ref('component_flows') }} as component_flows
    inner join {{ ref('int_repos__commits_loaded') }} as repos on component_flows.repo in ('*', repos.repo)
    group by component_flows.component

),

changed as (

    select
        shas.component,
        count(*) as shas
    from {{ ref('int_components__changed_shas') }} as shas
    cross join {{ ref('int_run__as_of') }} as run
    where shas.commit_day > {{ days_before('run.as_of', 91) }}
    group by shas.component

),

incidents as (

    select
        incidents.component,
        count(*) as incidents
    from {{ ref('int_incidents__current') }} as incidents
    cross join {{ ref('int_run__as_of') }} as run
    where incidents.detected > {{ days_before('run.as_of', threshold('dead_weight_incident_days')) }}
    group by incidents.component

),

components as (

    select component from {{ ref('component_flows') }}
    union
    select component from {{ ref('int_tests__identified') }}
    where component is not null

)

select
    components.component,
    loaded.component is not null as has_commits_loaded,
    -- Of a repository that was loaded first last month, a quarter is three times what it had since.
    case
        when loaded.component is not null
            then
                coalesce(changed.shas, 0) * 91.0e0
                / greatest(1, least(91, {{ days_between('loaded.loaded_from', 'run.as_of') }} + 1))
    end as changes_per_quarter,
    cast(coalesce(incidents.incidents, 0) as bigint) as incidents,
    {{ days_between('known.known_from', 'run.as_of') }} as incident_days_known
from components
left join loaded on components.component = loaded.component
left join changed on components.component = changed.component
left join incidents on components.component = incidents.component
cross join {{ ref('int_incidents__known_range') }} as known
cross join {{ ref('int_run__as_of') }} as run
