-- Grain: one row per source and folder day: every record read is in exactly one class, or the difference shows.
with loaded as (

    select
        source,
        folder_day as day,
        cast(count(*) as bigint) as files,
        cast(sum(records_read) as bigint) as records_read,
        cast(sum(case when is_duplicate_file then 0 else static_records end) as bigint) as static,
        cast(sum(case when is_duplicate_file then 0 else synthetic_records end) as bigint) as synthetic,
        cast(sum(case when is_duplicate_file then 0 else bot_records end) as bigint) as bot,
        cast(sum(case when is_duplicate_file then 0 else dropped_records end) as bigint) as dropped,
        cast(sum(case when is_duplicate_file then 0 else other_records end) as bigint) as other,
        cast(sum(case when is_duplicate_file then records_read else duplicate_records end) as bigint) as duplicate,
        cast(sum(case when is_duplicate_file then 0 else rejected_records end) as bigint) as rejected,
        cast(sum(rows_loaded) as bigint) as rows_loaded
    from {{ ref('stg_ledger__loads') }}
    where
        family = 'usage'
        -- A build for a past day knows nothing of later files; one for the last day accounts for all there are.
        {% if var('as_of') %}and folder_day <= (select run.as_of from {{ ref('int_run__as_of') }} as run){% endif %}
    group by source, folder_day

),

users as (

    select
        loads.source,
        loads.folder_day as day,
        counts.flow is not null as is_mapped,
        -- Of what was counted before it came (daily counts, answers of tracing tools) a record is a row, however
        -- many events it stands for.
        case
            when counts.kind in ('count', 'transition') or counts.source in ('datadog', 'newrelic') then 1
            else counts.events
        end as records
    from {{ ref('int_usage__flow_counts') }} as counts
    inner join {{ ref('stg_ledger__loads') }} as loads on counts.file_id = loads.file_id
    where counts.actor = 'user'

),

mapped as (

    select
        source,
        day,
        cast(sum(case when is_mapped then records else 0 end) as bigint) as user_mapped,
        cast(sum(case when is_mapped then 0 else records end) as bigint) as user_unmapped
    from users
    group by source, day

)

select
    loaded.source,
    loaded.day,
    loaded.files,
    loaded.records_read as lines_read,
    coalesce(mapped.user_mapped, 0) as user_mapped,
    coalesce(mapped.user_unmapped, 0) as user_unmapped,
    loaded.static,
    loaded.synthetic,
    loaded.bot,
    loaded.dropped,
    loaded.other,
    loaded.duplicate,
    loaded.rejected,
    loaded.records_read - (
        coalesce(mapped.user_mapped, 0) + coalesce(mapped.user_unmapped, 0) + loaded.static + loaded.synthetic
        + loaded.bot + loaded.dropped + loaded.other + loaded.duplicate + loaded.rejected
    ) as difference,
    loaded.rows_loaded
from loaded
left join mapped on loaded.source = mapped.source and loaded.day = mapped.day
