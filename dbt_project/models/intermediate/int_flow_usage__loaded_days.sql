-- Grain: one row per flow of the catalogue and loaded day of the usage window.
-- A day counts for a flow when every scope its usage comes from was loaded; any scope of the basis will do
-- for a flow of which none is known. Golden cases know of one basis and scope only and leave both out.
with scopes as (

    select
        flows.flow,
        coalesce(flows.usage_basis, '') as usage_basis,
        scopes.scope,
        count(scopes.scope) over (partition by flows.flow) as needed
    from {{ ref('int_flows__catalogued') }} as flows
    left join {{ ref('int_flow_usage__scopes') }} as scopes
        on flows.flow = scopes.flow and flows.usage_basis = scopes.usage_basis

)

select
    scopes.flow,
    loaded.day
from scopes
inner join {{ ref('int_usage__loaded_days') }} as loaded
    on
        scopes.usage_basis = coalesce(loaded.usage_basis, '')
        and (scopes.scope is null or scopes.scope = loaded.scope)
cross join {{ ref('int_run__as_of') }} as run
where
    loaded.day <= run.as_of
    and loaded.day > {{ days_before('run.as_of', threshold('usage_window_days')) }}
group by scopes.flow, scopes.needed, loaded.day
having scopes.needed = 0 or count(distinct loaded.scope) = scopes.needed
