-- Grain: one row per incident (source, incident_id): sources whose data do not reach past its end yet. Of those that
-- tell of tests, deployments and production; one that was silent for days after it is waited for no longer.
with delivered as (

    select
        loads.source,
        max(loads.folder_day) as to_day
    from {{ ref('stg_ledger__loads') }} as loads
    cross join {{ ref('int_run__as_of') }} as run
    where
        loads.family in ('ci', 'deployments', 'metrics', 'usage')
        and loads.file_state <> 'unreadable'
        and loads.folder_day <= run.as_of
    group by loads.source

),

ended as (

    select
        coalesce(incidents.source, '') as source,
        incidents.incident_id,
        cast({{ dbt.date_trunc('day', 'timed.to_minute') }} as date) as end_day,
        coalesce(timed.is_over, false) as is_over,
        run.as_of
    from {{ ref('int_incidents__current') }} as incidents
    cross join {{ ref('int_run__as_of') }} as run
    left join {{ ref('int_incidents__timed') }} as timed
        on coalesce(incidents.source, '') = timed.source and incidents.incident_id = timed.incident_id

)

select
    ended.source,
    ended.incident_id,
    ended.is_over,
    ended.end_day,
    count(delivered.source) as sources_awaited,
    {{ dbt.listagg('delivered.source', "', '", "order by delivered.source") }} as waiting_for,
    ended.is_over
    and (
        count(delivered.source) = 0
        or {{ days_before('ended.as_of', threshold('incident_final_days')) }} >= ended.end_day
    ) as is_final
from ended
left join delivered on delivered.to_day <= ended.end_day
group by ended.source, ended.incident_id, ended.is_over, ended.end_day, ended.as_of
