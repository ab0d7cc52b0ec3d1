-- Grain: one row per rejected record (the first 1,000 of a file), with place and reason.
select
    source,
    file_id,
    path,
    folder_day,
    member,
    position,
    reason,
    excerpt,
    cast(row_number() over (
        partition by file_id order by position asc nulls first, reason asc, member asc nulls first, excerpt asc
    ) as bigint) as reject_number
from {{ ref('stg_ledger__rejects') }}
