-- Grain: one row per flow of the catalogue, with what is known about it from all sources.
with tests as (

    select
        flow,
        cast(count(*) as bigint) as tests
    from {{ ref('int_tests__identified') }}
    where flow is not null
    group by flow

)

select
    flows.flow,
    flows.title,
    flows.product,
    flows.owner,
    flows.co_owner,
    flows.status,
    flows.is_one_off,
    flows.is_critical,
    flows.business_criticality,
    flows.impact_revenue,
    flows.impact_support,
    flows.impact_sla,
    flows.stable_surface,
    flows.mockable,
    flows.determinism_override,
    flows.effort_hours,
    flows.usage_basis,
    observed.last_used_day,
    observed.last_used_day is not null as is_observed,
    flows.owner is null as is_orphan,
    coalesce(tests.tests, 0) as tests,
    ranked.usage_rank,
    ranked.usage_rank_in_product
from {{ ref('int_flows__catalogued') }} as flows
left join tests on flows.flow = tests.flow
left join {{ ref('int_flows__observed') }} as observed on flows.flow = observed.flow
left join {{ ref('int_flows__ranked') }} as ranked on flows.flow = ranked.flow
