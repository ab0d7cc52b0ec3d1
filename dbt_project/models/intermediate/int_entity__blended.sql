-- Grain: one row per scored entity: its measures, with one coverage (capped blend) and one failure impact.
-- Golden inputs leave out the keys: there the flow is the entity.
with blended as (

    select
        *,
        (
            0.5e0 * coalesce(cov_line, 0) + 0.3e0 * coalesce(cov_branch, 0) + 0.2e0 * coalesce(cov_function, 0)
        ) / nullif(
            case when cov_line is null then 0 else 0.5e0 end
            + case when cov_branch is null then 0 else 0.3e0 end
            + case when cov_function is null then 0 else 0.2e0 end,
            0
        ) as blend
    from {{ ref('int_entity__measures') }}

)

select
    coalesce(grain, 'flow') as grain,
    coalesce(entity, flow) as entity,
    coalesce(runtime, 'all') as runtime,
    usage_p95,
    usage_basis,
    usage_age_days,
    business_criticality,
    -- greatest() would skip an unknown, so a flow of which nothing is known is told apart first.
    case
        when coalesce(impact_revenue, impact_support, impact_sla) is not null
            then greatest(coalesce(impact_revenue, 0), coalesce(impact_support, 0), coalesce(impact_sla, 0))
    end as failure_impact,
    case
        when coalesce(defect_basis, 'per_week') = 'per_kloc' then defects_weighted_per_kloc
        else defects_weighted_per_week
    end as defect_density,
    coalesce(defect_basis, 'per_week') as defect_basis,
    commits_30d,
    -- Rounded, because the digits lost in three ratios make 0.875 a little less: 87 % where 88 % is meant.
    case
        when blend is not null then {{ half_up('least(' ~ threshold('coverage_cap') ~ ', blend)', 9) }}
    end as coverage,
    coalesce(coverage_from, 'components') as coverage_from,
    coverage_age_days,
    platform_dominance,
    customer_tier_weight,
    determinism,
    determinism_from,
    ages.issues_age_days,
    ages.git_age_days,
    ages.ci_age_days
from blended
cross join {{ ref('int_run__data_ages') }} as ages
