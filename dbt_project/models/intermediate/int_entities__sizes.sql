-- Grain: one row per flow and per component (grain, entity) of whose components all lines of code are known.
select
    parts.grain,
    parts.entity,
    cast(sum(sizes.lines_of_code) as double) / 1000 as kloc
from {{ ref('int_entities__components') }} as parts
left join {{ ref('int_components__sizes') }} as sizes on parts.component = sizes.component
group by parts.grain, parts.entity
having count(*) = count(sizes.component)
