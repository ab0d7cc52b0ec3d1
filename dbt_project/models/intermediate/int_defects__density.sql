-- Grain: one row per flow of the catalogue, while a defect source is loaded for the window.
-- Loaded for the window is a source whose files reach back to its beginning: day by day since then, or an
-- export whose issues do. One file of last week says nothing about the weeks before it.
with loaded as (

    select count(*) as files
    from {{ ref('stg_ledger__loads') }} as loads
    cross join {{ ref('int_run__as_of') }} as run
    where
        loads.family = 'issues'
        and loads.rejected_records < greatest(loads.records_read, 1)
        and loads.folder_day <= run.as_of
    having
        max(loads.folder_day) > {{ days_before('max(run.as_of)', threshold('defect_window_days')) }}
        and min(least(loads.folder_day, coalesce(loads.first_day, loads.folder_day)))
        <= {{ days_before('max(run.as_of)', threshold('defect_window_days') ~ ' - 1') }}

)

select
    flows.flow,
    coalesce(sum(defects.severity_weight), 0)
    / ({{ threshold('defect_window_days') }} / 7.0) as defects_weighted_per_week,
    cast(count(defects.issue_key) as bigint) as defects,
    max(defects.created_day) as last_defect_day
from {{ ref('int_flows__catalogued') }} as flows
inner join loaded on loaded.files > 0
cross join {{ ref('int_run__as_of') }} as run
left join {{ ref('int_defects__by_flow') }} as defects
    on
        flows.flow = defects.flow
        and defects.created_day <= run.as_of
        and defects.created_day > {{ days_before('run.as_of', threshold('defect_window_days')) }}
group by flows.flow
