-- Grain: one row per dated status change of an issue.
select
    source,
    key as issue_key,
    change_id,
    field,
    from_value,
    to_value,
    changed_at,
    min(delivery_number) as delivery_number
from {{ told('issue_changes') }}
{{ group_by_first(7) }}
