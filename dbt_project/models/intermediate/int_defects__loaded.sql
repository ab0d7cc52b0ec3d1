-- Grain: one row while a defect source is loaded for the window, else none: without one nothing is known of defects.
-- Loaded for the window is a source whose files reach back to its beginning: day by day since then, or an
-- export whose issues do. One file of last week says nothing about the weeks before it.
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
