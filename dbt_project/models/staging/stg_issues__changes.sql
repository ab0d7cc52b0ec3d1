-- Grain: one row per dated status change of an issue.
select distinct
    source,
    key as issue_key,
    change_id,
    field,
    from_value,
    to_value,
    changed_at
from {{ source('raw', 'issue_changes') }}
