-- Grain: one row per component of the component map: coverage, defects, commits and determinism are its own, usage is
-- the sum of its flows', and of what the catalogue says the most of its flows counts (scores.md section 1).
with listed as (

    select distinct component
    from {{ ref('component_flows') }}

),

catalogue as (

    select
        entities.entity as component,
        -- Of several flows' products or owners none is the component's.
        case when count(distinct flows.product) = 1 then min(flows.product) end as product,
        case when count(distinct flows.owner) = 1 then min(flows.owner) end as owner,
        case when bool_and(flows.status = 'sunset') then 'sunset' else 'active' end as status,
        bool_and(flows.is_one_off) as one_off,
        max(flows.business_criticality) as business_criticality,
        max(flows.impact_revenue) as impact_revenue,
        max(flows.impact_support) as impact_support,
        max(flows.impact_sla) as impact_sla
    from {{ ref('int_entities__flows') }} as entities
    inner join {{ ref('int_flows__catalogued') }} as flows on entities.flow = flows.flow
    where entities.grain = 'component'
    group by entities.entity

),

coverage as (

    select
        component,
        {{ ratio('sum(lines_covered)', 'sum(lines_total)') }} as cov_line,
        {{ ratio('sum(branches_covered)', 'sum(branches_total)') }} as cov_branch,
        {{ ratio('sum(functions_covered)', 'sum(functions_total)') }} as cov_function,
        min(measured_day) as measured_day
    from {{ ref('int_coverage__by_component') }}
    group by component

)

select
    'component' as grain,
    listed.component as entity,
    'all' as runtime,
    null as flow,
    listed.component as title,
    catalogue.product,
    catalogue.owner,
    catalogue.status,
    coalesce(catalogue.one_off, false) as one_off,
    usage.usage_p95,
    case when usage.entity is not null then 'sum of its flows' end as usage_basis,
    coalesce(usage.loaded_days, 0) as loaded_days,
    catalogue.business_criticality,
    catalogue.impact_revenue,
    catalogue.impact_support,
    catalogue.impact_sla,
    defects.defects_weighted_per_week,
    {{ threshold_text('defect_basis') }} as defect_basis,
    defects.defects_weighted_per_kloc,
    changes.commits_30d,
    coverage.cov_line,
    coverage.cov_branch,
    coverage.cov_function,
    case when coverage.component is not null then 'components' else 'unmeasured' end as coverage_from,
    cast(case when coverage.component is not null then 1 else 0 end as bigint) as measured_components,
    usage.platform_dominance,
    usage.dominant_platform,
    usage.customer_tier_weight,
    history.determinism,
    case when history.determinism is not null then 'history' else 'no history' end as determinism_from,
    {{ days_between('usage.last_loaded_day', 'run.as_of') }} as usage_age_days,
    {{ days_between('coverage.measured_day', 'run.as_of') }} as coverage_age_days
from listed
cross join {{ ref('int_run__as_of') }} as run
left join catalogue on listed.component = catalogue.component
left join coverage on listed.component = coverage.component
left join {{ ref('int_entity_usage__summarised') }} as usage
    on listed.component = usage.entity and usage.grain = 'component'
left join {{ ref('int_defects__density') }} as defects
    on listed.component = defects.entity and defects.grain = 'component'
left join {{ ref('int_changes__by_entity') }} as changes
    on listed.component = changes.entity and changes.grain = 'component'
left join {{ ref('int_determinism__history') }} as history
    on listed.component = history.entity and history.grain = 'component'
