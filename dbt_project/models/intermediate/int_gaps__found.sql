-- Grain: one row per gap type and flow (scores.md section 1, Top-N gaps).
with x as (

    select
        entity as flow,
        max(x) filter (where input = 'usage') as usage,
        max(x) filter (where input = 'defect_density') as defects,
        max(x) filter (where input = 'change_rate') as change,
        max(x) filter (where input = 'coverage_gap') as gap,
        max(raw_value) filter (where input = 'coverage_gap') as coverage,
        max(x) filter (where input = 'determinism') as indeterminism
    from {{ ref('int_entity__inputs') }}
    where grain = 'flow'
    group by entity

),

flows as (

    select
        x.*,
        measures.impact_revenue,
        ranked.usage_rank <= {{ threshold('top_n') }} as is_top_overall,
        ranked.usage_rank_in_product <= {{ threshold('top_n') }} as is_top_in_product
    from x
    inner join {{ ref('int_entity__measures') }} as measures on x.flow = coalesce(measures.entity, measures.flow)
    left join {{ ref('int_flows__ranked') }} as ranked on x.flow = ranked.flow
    where coalesce(measures.grain, 'flow') = 'flow'

),

busy as (

    select * from flows
    where is_top_overall or is_top_in_product

)

select
    'high_usage_low_coverage' as gap_type,
    flow,
    usage * (1 - coverage) as gap_score,
    is_top_overall
from busy
where coverage < {{ threshold('coverage_target') }}
union all
select
    'high_usage_unmeasured_coverage' as gap_type,
    flow,
    usage as gap_score,
    is_top_overall
from busy
where coverage is null
union all
select
    'high_usage_high_defects' as gap_type,
    flow,
    usage * defects as gap_score,
    is_top_overall
from busy
where usage * defects > 0
union all
select
    'high_revenue_any_risk' as gap_type,
    flow,
    impact_revenue * greatest(coalesce(gap, 0), coalesce(defects, 0), coalesce(change, 0), coalesce(indeterminism, 0))
        as gap_score,
    true as is_top_overall
from flows
where
    impact_revenue >= {{ threshold('high_revenue') }}
    and greatest(coalesce(gap, 0), coalesce(defects, 0), coalesce(change, 0), coalesce(indeterminism, 0)) > 0
