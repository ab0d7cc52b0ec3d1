-- Grain: one row per product (and `all`) and flow among its Top-N by usage, with the flow's coverage.
-- A flow that was never observed in production may not gate a release (U11).
with ranked as (

    select
        'all' as product,
        flow
    from {{ ref('int_flows__ranked') }}
    where usage_rank <= {{ threshold('top_n') }}
    union all
    select
        product,
        flow
    from {{ ref('int_flows__ranked') }}
    where usage_rank_in_product <= {{ threshold('top_n') }}

)

select
    ranked.product,
    ranked.flow,
    inputs.raw_value as coverage,
    inputs.data_age_days as coverage_age_days
from ranked
inner join {{ ref('int_flows__observed') }} as observed on ranked.flow = observed.flow
inner join {{ ref('int_entity__inputs') }} as inputs
    on ranked.flow = inputs.entity and inputs.grain = 'flow' and inputs.input = 'coverage_gap'
