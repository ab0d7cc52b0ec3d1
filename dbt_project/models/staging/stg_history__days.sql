-- Grain: one row per as-of day whose scores were kept: a digest of its files, by size and time of writing.
-- A table, because several models ask for it and the files are many.
{{ config(materialized='table') }}
with parts as (

    select
        split_part(path, '/', -2) as mart,
        case
            when split_part(path, '/', -1) like '____-__-__.parquet'
                then cast(substr(split_part(path, '/', -1), 1, 10) as date)
        end as day,
        concat_ws(' ', split_part(path, '/', -2), bytes, written_at) as part
    from {{ source('lake', 'parts') }}
    where split_part(path, '/', -3) = 'history' and split_part(path, '/', -2) in ('fct_risk_scores', 'fct_risk_inputs')

)

select
    day,
    md5({{ dbt.listagg('part', "', '", 'order by part') }}) as digest
from parts
where day is not null
group by day
having max(case when mart = 'fct_risk_scores' then 1 end) = 1
