-- Grain: one row per scored entity and input: the raw value and the same on a scale from 0 to 1.
-- Bigger is riskier; unknown stays NULL (scores.md section 1).
with weights as (

    select * from {{ ref('int_weights__in_force') }}

),

blended as (

    -- Golden inputs leave out the keys: there the flow is the entity.
    select
        *,
        coalesce(grain, 'flow') as entity_grain,
        coalesce(entity, flow) as entity_name,
        coalesce(runtime, 'all') as entity_runtime,
        (
            0.5 * coalesce(cov_line, 0) + 0.3 * coalesce(cov_branch, 0) + 0.2 * coalesce(cov_function, 0)
        ) / nullif(
            case when cov_line is null then 0 else 0.5 end
            + case when cov_branch is null then 0 else 0.3 end
            + case when cov_function is null then 0 else 0.2 end,
            0
        ) as blend,
        case
            when coalesce(impact_revenue, impact_support, impact_sla) is not null
                then greatest(coalesce(impact_revenue, 0), coalesce(impact_support, 0), coalesce(impact_sla, 0))
        end as failure_impact
    from {{ ref('int_flow__measures') }}

),

capped as (

    select
        *,
        case when blend is not null then least({{ threshold('coverage_cap') }}, blend) end as coverage
    from blended

),

measured as (

    select entity_grain, entity_name, entity_runtime, 'usage' as input, cast(usage_p95 as double) as raw_value, usage_basis as basis, usage_age_days as data_age_days
    from capped
    union all
    select entity_grain, entity_name, entity_runtime, 'business_criticality', business_criticality, 'catalogue', null
    from capped
    union all
    select entity_grain, entity_name, entity_runtime, 'failure_impact', failure_impact, 'catalogue', null
    from capped
    union all
    select
        entity_grain, entity_name, entity_runtime, 'defect_density',
        case when coalesce(defect_basis, 'per_week') = 'per_kloc' then defects_weighted_per_kloc else defects_weighted_per_week end,
        coalesce(defect_basis, 'per_week'), null
    from capped
    union all
    select entity_grain, entity_name, entity_runtime, 'change_rate', cast(commits_30d as double), 'commits in 30 days', null
    from capped
    union all
    select entity_grain, entity_name, entity_runtime, 'coverage_gap', coverage, 'component coverage', coverage_age_days
    from capped
    union all
    select entity_grain, entity_name, entity_runtime, 'platform_dominance', platform_dominance, usage_basis, usage_age_days
    from capped
    union all
    select entity_grain, entity_name, entity_runtime, 'customer_tier', customer_tier_weight, usage_basis, usage_age_days
    from capped
    union all
    select entity_grain, entity_name, entity_runtime, 'determinism', determinism, determinism_from, null
    from capped

)

select
    measured.entity_grain as grain,
    measured.entity_name as entity,
    measured.entity_runtime as runtime,
    measured.input,
    measured.raw_value,
    case
        when measured.raw_value is null then null
        when measured.input in ('usage', 'defect_density', 'change_rate')
            then {{ norm_log('measured.raw_value', 'weights.log_reference') }}
        when measured.input in ('coverage_gap', 'determinism') then 1 - measured.raw_value
        else measured.raw_value
    end as x,
    weights.weight,
    weights.log_reference,
    weights.valid_from as weight_valid_from,
    measured.basis,
    cast(measured.data_age_days as bigint) as data_age_days
from measured
inner join weights on measured.input = weights.input
