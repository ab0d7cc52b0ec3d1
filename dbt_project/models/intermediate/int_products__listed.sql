-- Grain: one row per product and flow of it; product `all` stands for every flow.
select
    product,
    flow
from {{ ref('int_flows__catalogued') }}
union all
select
    'all' as product,
    flow
from {{ ref('int_flows__catalogued') }}
