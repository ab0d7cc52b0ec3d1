-- Grain: one row per source that has ever loaded: how old its newest data are on the as-of day.
with loads as (

    select
        source,
        family,
        records_read,
        rejected_records,
        rows_loaded,
        lag_days,
        file_state,
        -- A file of which nothing could be read brought no day: it is not known to be one without news.
        case when file_state <> 'unreadable' then folder_day end as delivered_day,
        least(folder_day, coalesce(last_day, folder_day)) as newest_day
    from {{ ref('stg_ledger__loads') }}

),

sources as (

    select
        loads.source,
        loads.family,
        max(case when loads.delivered_day is not null then loads.newest_day end) as last_day,
        max(loads.delivered_day) as last_delivered_day,
        cast(count(*) as bigint) as files,
        cast(sum(case when loads.file_state = 'unreadable' then 1 else 0 end) as bigint) as unreadable_files,
        cast(sum(loads.rows_loaded) as bigint) as rows_loaded,
        cast(sum(loads.rejected_records) as bigint) as rejected_records,
        cast(sum(loads.records_read) as bigint) as records_read,
        max(loads.lag_days) as lag_days
    from loads
    cross join {{ ref('int_run__as_of') }} as run
    where loads.newest_day <= run.as_of
    group by loads.source, loads.family

),

aged as (

    select
        sources.*,
        {{ days_between('sources.last_day', 'run.as_of') }} as age_days,
        {{ days_between('sources.last_delivered_day', 'run.as_of') }} <= {{ threshold('stale_days') }} as is_delivered,
        -- gapsight/health/sources.py knows the same: a test compares them.
        sources.family in ('incidents', 'deployments', 'errors') or sources.source = 'codeowners' as may_be_quiet,
        run.as_of
    from sources
    cross join {{ ref('int_run__as_of') }} as run

)

select
    source,
    family,
    last_day,
    age_days,
    last_delivered_day,
    lag_days,
    files,
    unreadable_files,
    rows_loaded,
    records_read,
    rejected_records,
    {{ ratio('rejected_records', 'records_read') }} as reject_share,
    case
        when not may_be_quiet
            then coalesce(age_days > {{ threshold('stale_days') }} + coalesce(lag_days, 0), true)
        -- A file that says that there was nothing is news; without one only a person can tell.
        when is_delivered then false
    end as is_stale,
    may_be_quiet,
    as_of
from aged
