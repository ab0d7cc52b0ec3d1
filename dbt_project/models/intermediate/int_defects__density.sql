-- Grain: one row per flow of the catalogue and per component (grain, entity), while a defect source is loaded.
with entities as (

    select
        'flow' as grain,
        flow as entity
    from {{ ref('int_flows__catalogued') }}
    union
    select
        'component' as grain,
        component as entity
    from {{ ref('component_flows') }}

),

defects as (

    select
        'flow' as grain,
        flow as entity,
        issue_key,
        severity_weight,
        created_day
    from {{ ref('int_defects__by_flow') }}
    union all
    -- A component's defects are those that name it, whatever flows it serves.
    select
        'component' as grain,
        raw_component as entity,
        issue_key,
        severity_weight,
        created_day
    from {{ ref('int_issues__classified') }}
    where issue_kind = 'defect'

)

select
    entities.grain,
    entities.entity,
    coalesce(sum(defects.severity_weight), 0)
    / ({{ threshold('defect_window_days') }} / 7.0e0) as defects_weighted_per_week,
    -- Of 84 days, whatever the window: the reference is of so many. Without a size it is unknown, not per week.
    {{ ratio('coalesce(sum(defects.severity_weight), 0)', 'max(sizes.kloc)') }}
    / ({{ threshold('defect_window_days') }} / 84.0e0) as defects_weighted_per_kloc,
    cast(count(defects.issue_key) as bigint) as defects,
    max(defects.created_day) as last_defect_day
from entities
inner join {{ ref('int_defects__loaded') }} as loaded on loaded.files > 0
cross join {{ ref('int_run__as_of') }} as run
left join defects
    on
        entities.grain = defects.grain
        and entities.entity = defects.entity
        and defects.created_day <= run.as_of
        and defects.created_day > {{ days_before('run.as_of', threshold('defect_window_days')) }}
left join {{ ref('int_entities__sizes') }} as sizes
    on entities.grain = sizes.grain and entities.entity = sizes.entity
group by entities.grain, entities.entity
