-- Grain: one row per inbox file, as it was last loaded.
select
    source,
    file_id,
    path,
    folder_day,
    family,
    parser_version,
    records_read,
    rows_loaded,
    rejected_records,
    {{ ratio('rejected_records', 'records_read') }} as reject_share,
    is_duplicate_file,
    first_day,
    last_day,
    warnings_json,
    lag_days,
    removed_on,
    case when removed_on is not null then 'inbox file removed by retention' end as inbox_note
from {{ ref('stg_ledger__loads') }}
