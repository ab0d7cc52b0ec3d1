-- Grain: one row per day on which a CI run began: from and until which day its bundles lie in the lake, and a digest
-- of them. A bundle that comes, goes or is read by other rules changes the digest of its day.
{{ config(materialized='table') }}

with files as (

    select
        runs.run_day,
        runs.last_day,
        bundles.file_id,
        max(concat_ws(' ', loads.fingerprint, loads.parser_version, loads.settings_hash)) as rules
    from {{ ref('stg_ci__bundles') }} as bundles
    inner join {{ ref('stg_ci__run_days') }} as runs
        on
            bundles.repo = runs.repo
            and coalesce(bundles.build, '') = runs.build
            and bundles.run_attempt = runs.run_attempt
    left join {{ ref('stg_ledger__loads') }} as loads on bundles.file_id = loads.file_id
    group by runs.run_day, runs.last_day, bundles.file_id

)

select
    run_day as day,
    run_day as from_day,
    max(last_day) as until_day,
    md5({{ dbt.listagg("file_id || ' ' || coalesce(rules, '')", "', '", "order by file_id, last_day") }}) as digest
from files
group by run_day
