-- Grain: one row per inbox file, as it was last loaded.
with first_rejects as (

    select
        file_id,
        reason
    from {{ ref('stg_ledger__rejects') }}
    -- One without a position is about the file as a whole, or about a whole report inside it.
    qualify row_number() over (
        partition by file_id order by position asc nulls first, reason asc, member asc nulls first, excerpt asc
    ) = 1

),

rows_of as (

    select
        file_id,
        sum(kept_rows) as kept_rows,
        sum(duplicate_rows) as duplicate_rows
    from {{ ref('int_ledger__rows') }}
    group by file_id

)

select
    loads.source,
    loads.file_id,
    loads.path,
    loads.folder_day,
    loads.family,
    loads.file_state as state,
    loads.parser_version,
    loads.records_read,
    loads.rows_loaded,
    cast(coalesce(rows_of.kept_rows, 0) as bigint) as kept_rows,
    cast(coalesce(rows_of.duplicate_rows, 0) as bigint) as duplicate_rows,
    loads.rejected_records,
    {{ ratio('loads.rejected_records', 'loads.records_read') }} as reject_share,
    loads.static_records,
    loads.synthetic_records,
    loads.bot_records,
    loads.dropped_records,
    loads.other_records,
    cast(
        case
            when loads.family = 'usage' and loads.is_duplicate_file then loads.records_read
            when loads.family = 'usage' then loads.duplicate_records
            else loads.duplicate_records + coalesce(rows_of.duplicate_rows, 0)
        end as bigint
    ) as duplicate_records,
    loads.is_duplicate_file,
    loads.first_day,
    loads.last_day,
    first_rejects.reason as first_reject,
    loads.warnings,
    loads.warnings_json,
    loads.lag_days,
    loads.removed_on,
    case when loads.removed_on is not null then 'inbox file removed by retention' end as inbox_note
from {{ ref('stg_ledger__loads') }} as loads
left join rows_of on loads.file_id = rows_of.file_id
left join first_rejects on loads.file_id = first_rejects.file_id
