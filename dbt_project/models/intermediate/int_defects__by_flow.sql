-- Grain: one row per defect and flow it counts for: the flow it names, else each flow its component serves.
select
    issues.source,
    issues.issue_key,
    coalesce(issues.own_flow, components.flow) as flow,
    issues.severity_weight,
    issues.created_day,
    issues.resolved_day
from {{ ref('int_issues__classified') }} as issues
left join {{ ref('int_components__flows') }} as components
    on issues.own_flow is null and issues.raw_component = components.component
where
    issues.issue_kind = 'defect'
    and coalesce(issues.own_flow, components.flow) is not null
