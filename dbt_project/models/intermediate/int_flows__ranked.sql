-- Grain: one row per flow with known usage: its place by usage, over all and within its product.
select
    flow,
    product,
    usage_p95,
    cast(row_number() over (order by usage_p95 desc, flow asc) as bigint) as usage_rank,
    cast(row_number() over (partition by product order by usage_p95 desc, flow asc) as bigint) as usage_rank_in_product
from {{ ref('int_entity__measures') }}
where
    coalesce(grain, 'flow') = 'flow'
    and usage_p95 is not null
