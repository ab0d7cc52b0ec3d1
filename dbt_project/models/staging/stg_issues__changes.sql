-- Grain: one row per dated status change of an issue.
select
    source,
    key as issue_key,
    change_id,
    field,
    from_value,
    to_value,
    changed_at,
    min_by(_file, delivery_number) as file_id
from {{ told('issue_changes') }}
{{ group_by_first(7) }}
