-- Grain: one row per inbox file, as its part of the ledger tells of it.
-- By day: the ledger is kept in many small files.
{{ by_day('folder_day', 'stg_ledger__days', batch=366) }}
select
    source,
    _file as file_id,
    path,
    day as folder_day,
    family,
    fingerprint,
    parser_version,
    settings_hash,
    records_read,
    user as user_records,
    static as static_records,
    synthetic as synthetic_records,
    bot as bot_records,
    dropped as dropped_records,
    other as other_records,
    duplicate as duplicate_records,
    rejected as rejected_records,
    rows as rows_loaded,
    partial as is_partial,
    first_day,
    last_day,
    warnings_json,
    lag_days,
    assumed_zones,
    removed_on
from {{ source('raw', 'loads') }}
where {{ batch_days('day') }}
