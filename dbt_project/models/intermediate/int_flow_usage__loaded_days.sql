-- Grain: one row per flow of the catalogue and loaded day of the usage window.
select
    flows.flow,
    loaded.day
from {{ ref('int_flows__catalogued') }} as flows
inner join {{ ref('int_usage__loaded_days') }} as loaded
    -- golden cases know of one source kind only and leave it out
    on coalesce(flows.usage_basis, '') = coalesce(loaded.usage_basis, '')
cross join {{ ref('int_run__as_of') }} as run
where
    loaded.day <= run.as_of
    and loaded.day > {{ days_before('run.as_of', threshold('usage_window_days')) }}
