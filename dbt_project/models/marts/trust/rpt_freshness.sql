-- Grain: one row per source that has ever loaded: how old its newest data are on the as-of day.
with loads as (

    select
        loads.source,
        loads.family,
        max(least(loads.folder_day, coalesce(loads.last_day, loads.folder_day))) as last_day,
        cast(count(*) as bigint) as files,
        cast(sum(loads.rows_loaded) as bigint) as rows_loaded,
        cast(sum(loads.rejected_records) as bigint) as rejected_records,
        cast(sum(loads.records_read) as bigint) as records_read,
        max(loads.lag_days) as lag_days
    from {{ ref('stg_ledger__loads') }} as loads
    cross join {{ ref('int_run__as_of') }} as run
    where least(loads.folder_day, coalesce(loads.last_day, loads.folder_day)) <= run.as_of
    group by loads.source, loads.family

)

select
    loads.source,
    loads.family,
    loads.last_day,
    {{ days_between('loads.last_day', 'run.as_of') }} as age_days,
    loads.lag_days,
    loads.files,
    loads.rows_loaded,
    loads.records_read,
    loads.rejected_records,
    {{ ratio('loads.rejected_records', 'loads.records_read') }} as reject_share,
    -- No news of incidents or deployments may simply be no incident: only a person can tell.
    case
        when loads.family not in ('incidents', 'deployments')
            then
                {{ days_between('loads.last_day', 'run.as_of') }}
                > {{ threshold('stale_days') }} + coalesce(loads.lag_days, 0)
    end as is_stale,
    run.as_of
from loads
cross join {{ ref('int_run__as_of') }} as run
