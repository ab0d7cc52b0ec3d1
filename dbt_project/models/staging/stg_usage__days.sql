-- Grain: one row per day of which use was counted, and a digest of the inbox files that told of it.
{{ config(materialized='table') }}

with files as (

    select
        counts.day,
        counts.file_id,
        max(concat_ws(
            ' ', loads.fingerprint, loads.parser_version, loads.settings_hash, loads.is_duplicate_file, loads.lag_days
        )) as rules
    from {{ ref('stg_ledger__rows') }} as counts
    left join {{ ref('stg_ledger__loads') }} as loads on counts.file_id = loads.file_id
    where counts.table_name = 'usage_counts'
    group by counts.day, counts.file_id

)

select
    day,
    day as from_day,
    day as until_day,
    md5({{ dbt.listagg("file_id || ' ' || coalesce(rules, '')", "', '", "order by file_id") }}) as digest
from files
group by day
