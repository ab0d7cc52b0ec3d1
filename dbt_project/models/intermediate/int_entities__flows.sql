-- Grain: one row per scored flow or component and catalogued flow it is made of.
select
    'flow' as grain,
    flow as entity,
    flow
from {{ ref('int_flows__catalogued') }}
union all
select
    'component' as grain,
    components.component as entity,
    components.flow
from {{ ref('int_components__flows') }} as components
inner join {{ ref('int_flows__catalogued') }} as flows on components.flow = flows.flow
