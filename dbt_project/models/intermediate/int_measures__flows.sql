-- Grain: one row per flow of the catalogue: the nine inputs as measured, before scaling.
select
    'flow' as grain,
    flows.flow as entity,
    'all' as runtime,
    flows.flow,
    flows.title,
    flows.product,
    flows.owner,
    flows.status,
    flows.is_one_off as one_off,
    usage.usage_p95,
    flows.usage_basis,
    coalesce(usage.loaded_days, 0) as loaded_days,
    flows.business_criticality,
    flows.impact_revenue,
    flows.impact_support,
    flows.impact_sla,
    defects.defects_weighted_per_week,
    {{ threshold_text('defect_basis') }} as defect_basis,
    defects.defects_weighted_per_kloc,
    changes.commits_30d,
    coverage.cov_line,
    coverage.cov_branch,
    coverage.cov_function,
    coalesce(coverage.coverage_from, 'unmeasured') as coverage_from,
    coverage.measured_components,
    usage.platform_dominance,
    usage.dominant_platform,
    usage.customer_tier_weight,
    determinism.determinism,
    determinism.determinism_from,
    {{ days_between('usage.last_loaded_day', 'run.as_of') }} as usage_age_days,
    {{ days_between('coverage.measured_day', 'run.as_of') }} as coverage_age_days
from {{ ref('int_flows__catalogued') }} as flows
cross join {{ ref('int_run__as_of') }} as run
left join {{ ref('int_entity_usage__summarised') }} as usage
    on flows.flow = usage.entity and usage.grain = 'flow'
left join {{ ref('int_defects__density') }} as defects on flows.flow = defects.entity and defects.grain = 'flow'
left join {{ ref('int_changes__by_entity') }} as changes on flows.flow = changes.entity and changes.grain = 'flow'
left join {{ ref('int_coverage__by_flow') }} as coverage on flows.flow = coverage.flow
left join {{ ref('int_flow__determinism') }} as determinism on flows.flow = determinism.flow
