-- Grain: one row per repository of which commits were loaded lately: the day since which they are known.
select
    replace(replace(split_part(loads.path, '/', -1), '.log', ''), '%2F', '/') as repo,
    min(least(loads.folder_day, coalesce(loads.first_day, loads.folder_day))) as loaded_from
from {{ ref('stg_ledger__loads') }} as loads
cross join {{ ref('int_run__as_of') }} as run
where
    loads.family = 'git'
    -- Owners and lists of files say nothing of commits.
    and split_part(loads.path, '/', -1) like '%.log%'
    and loads.rejected_records < greatest(loads.records_read, 1)
    and loads.folder_day <= run.as_of
group by replace(replace(split_part(loads.path, '/', -1), '.log', ''), '%2F', '/')
having max(loads.folder_day) > {{ days_before('max(run.as_of)', threshold('change_window_days')) }}
