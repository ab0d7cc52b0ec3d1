-- Grain: one row per flow or component (grain, entity) and component that it is made of.
select
    'flow' as grain,
    flow as entity,
    component
from {{ ref('int_components__flows') }}
union
select
    'component' as grain,
    component as entity,
    component
from {{ ref('component_flows') }}
