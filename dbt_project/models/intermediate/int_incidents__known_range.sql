-- Grain: one row: the day since which incidents are known; NULL while none was loaded. That a component had none before
-- it cannot be said.
select
    least(
        min(files.loaded_from),
        (select min(incidents.detected) as first_day from {{ ref('int_incidents__current') }} as incidents)
    ) as known_from
from (
    select least(loads.folder_day, coalesce(loads.first_day, loads.folder_day)) as loaded_from
    from {{ ref('stg_ledger__loads') }} as loads
    cross join {{ ref('int_run__as_of') }} as run
    where
        loads.family = 'incidents'
        and loads.rejected_records < greatest(loads.records_read, 1)
        and loads.folder_day <= run.as_of
) as files
