-- Grain: one row per inbox file, as it was last loaded.
-- The same bytes delivered under two names count once: by content, never by load time. So does a file beside itself
-- compressed, told by its name and by what was read in it.
-- A table, because many models read it.
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
    from {{ ref('stg_ledger__files') }}

),

loads as (

    select
        *,
        row_number() over (partition by source, fingerprint order by path asc) > 1
        or row_number() over (
            partition by
                source, bare_path, records_read, rows_loaded, user_records, rejected_records, first_day, last_day
            order by path asc
        ) > 1 as is_duplicate_file,
        row_number() over (order by folder_day asc, path asc, file_id asc) as delivery_number,
        -- What has no place in the file, as a whole file that is refused, counts as one record rejected.
        rows_loaded = 0 and rejected_records > 0 and rejected_records >= records_read as is_unreadable
    from named

)

select
    source,
    file_id,
    path,
    folder_day,
    family,
    case
        when is_unreadable then 'unreadable'
        -- Files that say that there was nothing are alike, and none stands for the others.
        when is_duplicate_file and records_read > 0 then 'duplicate'
        when is_partial then 'partial'
        else 'whole'
    end as file_state,
    cast(delivery_number as bigint) as delivery_number,
    fingerprint,
    parser_version,
    settings_hash,
    records_read,
    user_records,
    static_records,
    synthetic_records,
    bot_records,
    dropped_records,
    other_records,
    duplicate_records,
    rejected_records,
    rows_loaded,
    first_day,
    last_day,
    warnings_json,
    {{ json_list_text('warnings_json') }} as warnings,
    lag_days,
    assumed_zones,
    removed_on,
    is_duplicate_file
from loads
