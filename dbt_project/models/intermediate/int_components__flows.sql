-- Grain: one row per component and flow it serves.
select distinct
    component,
    flow
from {{ ref('component_flows') }}
where flow is not null
