-- Grain: one row per flow, usage basis and day on which all of it was loaded that the flow's use is counted from: as
-- int_flow_usage__loaded_days, but over the days that an anomaly is compared with, twice, as some may be missing.
{% set days = '2 * (' ~ threshold('anomaly_window_days') ~ ' + ' ~ threshold('anomaly_baseline_days') ~ ')' %}

with scopes as (

    select
        flow,
        usage_basis,
        scope,
        count(*) over (partition by flow, usage_basis) as needed
    from {{ ref('int_flow_usage__scopes') }}

)

select
    scopes.flow,
    scopes.usage_basis,
    loaded.day
from scopes
inner join {{ ref('int_usage__loaded_days') }} as loaded
    on scopes.usage_basis = loaded.usage_basis and scopes.scope = loaded.scope
cross join {{ ref('int_run__as_of') }} as run
where
    loaded.day <= run.as_of
    and loaded.day > {{ days_before('run.as_of', days) }}
group by scopes.flow, scopes.usage_basis, scopes.needed, loaded.day
having count(distinct loaded.scope) = scopes.needed
