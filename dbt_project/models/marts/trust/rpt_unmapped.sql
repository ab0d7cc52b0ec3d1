-- Grain: one row per kind, source and name that leads no further: listed by volume, never dropped, with what to do.
select
    items.kind,
    items.source,
    items.name,
    items.volume,
    {{ ratio('items.volume', 'sum(items.volume) over (partition by items.kind)') }} as share_of_kind,
    items.last_day,
    cast(
        row_number() over (
            partition by items.kind
            order by items.volume desc, items.source asc, items.name asc
        ) as bigint
    ) as volume_rank,
    suggestions.flow as suggested_flow,
    suggestions.similarity,
    {{ what_to_do('items') }} as what_to_do
from {{ ref('int_unmapped__listed') }} as items
left join {{ ref('int_unmapped__suggested') }} as suggestions
    on
        items.kind = suggestions.kind
        and items.source = suggestions.source
        and items.name = suggestions.name
