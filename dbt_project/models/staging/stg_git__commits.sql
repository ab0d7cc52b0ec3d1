-- Grain: one row per commit and file it touched.
-- By day: the lake keeps it in many small files.
{{ by_day('commit_day', 'stg_ledger__told_days', told=['stg_ledger__loads'], batch=366) }}
select
    repo,
    sha,
    committed_at,
    day as commit_day,
    author_hash,
    bot as is_bot,
    merge as is_merge,
    file,
    lines_added,
    lines_removed,
    min_by(_file, delivery_number) as file_id
from {{ told('commits') }}
where {{ batch_days('day') }}
{{ group_by_first(10) }}
