-- Grain: one row per day on which a CI run began: from and until which day its bundles lie in the lake, and a digest
-- of them. A bundle that comes, goes or is read by other rules changes the digest of its day.
{{ config(materialized='table') }}

with bundles as (

    select
        runs.run_day,
        runs.last_day,
        told._file as file_id,
        max(concat_ws(' ', loads.fingerprint, loads.parser_version, loads.settings_hash)) as rules
    from {{ source('raw', 'ci_runs') }} as told
    inner join {{ ref('stg_ci__run_days') }} as runs
        on
            told.repo = runs.repo
            and coalesce(told.build, '') = runs.build
            and coalesce(told.run_attempt, 1) = runs.run_attempt
    left join {{ ref('stg_ledger__loads') }} as loads on told._file = loads.file_id
    group by runs.run_day, runs.last_day, told._file

)

select
    run_day as day,
    run_day as from_day,
    max(last_day) as until_day,
    md5({{ dbt.listagg("file_id || ' ' || coalesce(rules, '')", "', '", "order by file_id, last_day") }}) as digest
from bundles
group by run_day
