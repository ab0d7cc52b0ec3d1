-- Grain: one row per day of the lake: a digest of its files, and of the inbox files with rows there that the ledger
-- knows. For tables by day that say which file told of a row: one that the ledger lost tells of none.
{{ config(materialized='table') }}
with known as (

    select distinct
        rows_of.day,
        rows_of.file_id
    from {{ ref('stg_ledger__rows') }} as rows_of
    inner join {{ ref('stg_ledger__files') }} as files on rows_of.file_id = files.file_id

),

files as (

    select
        day,
        md5({{ dbt.listagg('file_id', "', '", 'order by file_id') }}) as digest
    from known
    group by day

)

select
    days.day,
    days.from_day,
    days.until_day,
    concat_ws(' ', days.digest, files.digest) as digest
from {{ ref('stg_ledger__days') }} as days
left join files on days.day = files.day
