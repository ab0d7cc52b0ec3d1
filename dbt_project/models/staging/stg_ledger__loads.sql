-- Grain: one row per inbox file, as it was last loaded.
-- The same bytes delivered under two names count once: by content, never by load time.
-- A table, because many models read it and the lake keeps it in many small files.
{{ config(materialized='table') }}

select
    source,
    _file as file_id,
    path,
    day as folder_day,
    family,
    fingerprint,
    parser_version,
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
    first_day,
    last_day,
    warnings_json,
    lag_days,
    removed_on,
    row_number() over (partition by source, fingerprint order by path asc) > 1 as is_duplicate_file
from {{ source('raw', 'loads') }}
