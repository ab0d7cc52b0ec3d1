-- Grain: one row per kind, source and name that no seed maps and that shares a word with a flow: the flow
-- whose name is most alike. Similarity is the share of their words that both have (Dice): 1 for the same words.
with shared as (

    select
        items.kind,
        items.source,
        items.name,
        flows.flow,
        flows.label,
        count(*) as words,
        2.0e0 * count(*) / (max(items.name_words) + max(flows.label_words)) as similarity
    from {{ ref('int_unmapped__worded') }} as items
    inner join {{ ref('int_flows__worded') }} as flows on items.word = flows.word
    group by items.kind, items.source, items.name, flows.flow, flows.label

)

select
    kind,
    source,
    name,
    flow,
    cast({{ stable('similarity') }} as double) as similarity
from shared
qualify row_number() over (
    partition by kind, source, name
    order by similarity desc, words desc, flow asc, label asc
) = 1
