-- Grain: one row per flow of the catalogue, with the source kind its usage is counted from.
select
    catalog.flow,
    coalesce(catalog.title, catalog.flow) as title,
    catalog.product,
    catalog.owner,
    catalog.co_owner,
    catalog.business_criticality,
    catalog.impact_revenue,
    catalog.impact_support,
    catalog.impact_sla,
    catalog.status,
    coalesce(catalog.one_off, false) as is_one_off,
    coalesce(catalog.critical, false) as is_critical,
    catalog.stable_surface,
    catalog.mockable,
    catalog.determinism_override,
    catalog.effort_hours,
    bases.usage_basis
from {{ ref('flow_catalog') }} as catalog
left join {{ ref('int_flows__usage_basis') }} as bases on catalog.flow = bases.flow
