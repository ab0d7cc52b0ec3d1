-- Grain: one row per repo and commit up to the as-of day.
select
    repo,
    sha,
    committed_at,
    commit_day,
    author_hash,
    is_bot,
    is_merge,
    files,
    lines_added,
    lines_removed,
    components,
    first_component
from {{ ref('int_changes__by_commit') }}
