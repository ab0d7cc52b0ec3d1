-- Grain: one row per flow and runtime that users of the flow were seen on: usage, dominance and tier are its own,
-- coverage and determinism where tests of the flow on its platform tell them; the rest is the flow's (scores.md
-- section 1).
select
    'flow_runtime' as grain,
    flows.entity,
    usage.runtime,
    flows.flow,
    flows.title,
    flows.product,
    flows.owner,
    flows.status,
    flows.one_off,
    usage.usage_p95,
    flows.usage_basis,
    usage.loaded_days,
    flows.business_criticality,
    flows.impact_revenue,
    flows.impact_support,
    flows.impact_sla,
    flows.defects_weighted_per_week,
    flows.defect_basis,
    flows.defects_weighted_per_kloc,
    flows.commits_30d,
    case when covered.flow is not null then covered.cov_line else flows.cov_line end as cov_line,
    case when covered.flow is null then flows.cov_branch end as cov_branch,
    case when covered.flow is null then flows.cov_function end as cov_function,
    case
        when covered.flow is not null then 'tests'
        when flows.coverage_from in ('tests', 'components') then 'inherited'
        else flows.coverage_from
    end as coverage_from,
    coalesce(covered.measured_components, flows.measured_components) as measured_components,
    usage.platform_dominance,
    usage.dominant_platform,
    usage.customer_tier_weight,
    coalesce(own.determinism, flows.determinism) as determinism,
    case
        when own.determinism is not null then 'history'
        when flows.determinism_from in ('history', 'prior') then 'inherited'
        else flows.determinism_from
    end as determinism_from,
    {{ days_between('usage.last_loaded_day', 'run.as_of') }} as usage_age_days,
    coalesce({{ days_between('covered.measured_day', 'run.as_of') }}, flows.coverage_age_days) as coverage_age_days
from {{ ref('int_entity_usage__summarised') }} as usage
inner join {{ ref('int_measures__flows') }} as flows on usage.entity = flows.entity
cross join {{ ref('int_run__as_of') }} as run
left join {{ ref('int_determinism__history') }} as own
    on
        own.grain = 'flow_runtime'
        and usage.entity = own.entity
        and split_part(usage.runtime, '/', 1) = own.platform
        and flows.determinism_from <> 'override'
left join {{ ref('int_coverage__by_flow_tests') }} as covered
    on usage.entity = covered.flow and split_part(usage.runtime, '/', 1) = covered.platform
where usage.grain = 'flow_runtime'
