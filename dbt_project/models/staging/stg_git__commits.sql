-- Grain: one row per commit and file it touched.
-- A table, because several models read it and the lake keeps it in many small files.
{{ config(materialized='table') }}
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
    min(delivery_number) as delivery_number
from {{ told('commits') }}
{{ group_by_first(10) }}
