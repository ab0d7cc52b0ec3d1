-- Grain: one row per commit and file it touched.
select distinct
    repo,
    sha,
    committed_at,
    day as commit_day,
    author_hash,
    bot as is_bot,
    merge as is_merge,
    file,
    lines_added,
    lines_removed
from {{ source('raw', 'commits') }}
