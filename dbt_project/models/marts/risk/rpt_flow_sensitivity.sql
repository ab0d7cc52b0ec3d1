-- Grain: one row per flow of the catalogue: its R, rank and decision over all variants of the weights.
select
    variants.flow,
    flows.title,
    flows.product,
    flows.owner,
    max(variants.risk_now) as risk,
    min(variants.risk) as risk_lowest,
    max(variants.risk) as risk_highest,
    max(variants.rank_now) as risk_rank,
    min(variants.risk_rank) as rank_best,
    max(variants.risk_rank) as rank_worst,
    max(variants.rank_now) <= {{ threshold('top_n') }} as is_top,
    cast(count(*) as bigint) as variants,
    cast(count(*) filter (where variants.risk_rank <= {{ threshold('top_n') }}) as bigint) as variants_in_top,
    max(variants.decision_now) as decision,
    cast(count(*) filter (where variants.decision <> variants.decision_now) as bigint) as variants_decided_otherwise,
    max(run.as_of) as as_of
from {{ ref('int_sensitivity__varied') }} as variants
inner join {{ ref('int_flows__catalogued') }} as flows on variants.flow = flows.flow
cross join {{ ref('int_run__as_of') }} as run
group by variants.flow, flows.title, flows.product, flows.owner
