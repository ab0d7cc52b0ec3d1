-- Grain: one row per day of the lake: a digest of its files, by name, size and time of writing. So a file that a load
-- wrote, or that somebody took out by hand, is noticed without opening any. A table, because the files are many.
{{ config(materialized='table') }}
with parts as (

    select
        cast(substr(split_part(path, '/', -2), 5) as date) as day,
        concat_ws(' ', split_part(path, '/', -3), split_part(path, '/', -1), bytes, written_at) as part
    from {{ source('lake', 'parts') }}
    where split_part(path, '/', -2) like 'day=%'

)

select
    day,
    day as from_day,
    day as until_day,
    md5({{ dbt.listagg('part', "', '", 'order by part') }}) as digest
from parts
group by day
