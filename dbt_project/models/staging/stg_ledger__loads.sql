-- Grain: one row per inbox file, as it was last loaded.
-- The same bytes delivered under two names count once: by content, never by load time. So does a file beside itself
-- compressed, told by its name and by what was read in it.
-- A table, because many models read it and the lake keeps it in many small files.
{{ config(materialized='table') }}

with named as (

    select
        *,
        case
            {% for ending in ['.gz', '.xz', '.bz2', '.zst'] %}
            when path like '%{{ ending }}' then substr(path, 1, length(path) - {{ ending | length }})
            {% endfor %}
            else path
        end as bare_path
    from {{ source('raw', 'loads') }}

),

loads as (

    select
        *,
        row_number() over (partition by source, fingerprint order by path asc) > 1
        or row_number() over (
            partition by source, bare_path, records_read, rows, user, rejected, first_day, last_day order by path asc
        ) > 1 as is_duplicate_file,
        row_number() over (order by day asc, path asc, _file asc) as delivery_number,
        -- What has no place in the file, as a whole file that is refused, counts as one record rejected.
        rows = 0 and rejected > 0 and rejected >= records_read as is_unreadable
    from named

)

select
    source,
    _file as file_id,
    path,
    day as folder_day,
    family,
    case
        when is_unreadable then 'unreadable'
        -- Files that say that there was nothing are alike, and none stands for the others.
        when is_duplicate_file and records_read > 0 then 'duplicate'
        when partial then 'partial'
        else 'whole'
    end as file_state,
    cast(delivery_number as bigint) as delivery_number,
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
    first_day,
    last_day,
    warnings_json,
    {{ json_list_text('warnings_json') }} as warnings,
    lag_days,
    assumed_zones,
    removed_on,
    is_duplicate_file
from loads
