-- Grain: one row per source that has ever loaded: how old its newest data are on the as-of day.
with loads as (

    select
        source,
        family,
        max(least(folder_day, coalesce(last_day, folder_day))) as last_day,
        cast(count(*) as bigint) as files,
        cast(sum(rows_loaded) as bigint) as rows_loaded,
        cast(sum(rejected_records) as bigint) as rejected_records,
        cast(sum(records_read) as bigint) as records_read
    from {{ ref('stg_ledger__loads') }}
    where {{ known_by('folder_day') }}
    group by source, family

)

select
    loads.source,
    loads.family,
    loads.last_day,
    {{ days_between('loads.last_day', 'run.as_of') }} as age_days,
    loads.files,
    loads.rows_loaded,
    loads.records_read,
    loads.rejected_records,
    {{ ratio('loads.rejected_records', 'loads.records_read') }} as reject_share,
    -- No news of incidents or deployments may simply be no incident: only a person can tell.
    case
        when loads.family not in ('incidents', 'deployments')
            then {{ days_between('loads.last_day', 'run.as_of') }} > {{ threshold('stale_days') }}
    end as is_stale,
    run.as_of
from loads
cross join {{ ref('int_run__as_of') }} as run
