-- Grain: one row per issue: what kind it is, how severe, and where it belongs.
with joined as (

    select
        issues.*,
        coalesce(own_type.kind, any_type.kind, 'other') as issue_kind,
        coalesce(own_type.kind, any_type.kind) is not null as is_type_known,
        coalesce(own_severity.level, any_severity.level, own_priority.level, any_priority.level) as severity_level,
        coalesce(own_severity.weight, any_severity.weight, own_priority.weight, any_priority.weight) as severity_weight,
        coalesce(hinted.flow, hint_alias.flow, component_alias.flow) as own_flow
    from {{ ref('int_issues__current') }} as issues
    left join {{ ref('issue_types') }} as own_type
        on issues.issue_type = own_type.type and issues.source = own_type.source
    left join {{ ref('issue_types') }} as any_type
        on issues.issue_type = any_type.type and any_type.source = '*'
    left join {{ ref('severities') }} as own_severity
        on issues.raw_severity = own_severity.severity and issues.source = own_severity.source
    left join {{ ref('severities') }} as any_severity
        on issues.raw_severity = any_severity.severity and any_severity.source = '*'
    left join {{ ref('severities') }} as own_priority
        on issues.raw_priority = own_priority.severity and issues.source = own_priority.source
    left join {{ ref('severities') }} as any_priority
        on issues.raw_priority = any_priority.severity and any_priority.source = '*'
    left join {{ ref('int_flows__catalogued') }} as hinted on issues.flow_hint = hinted.flow
    left join {{ ref('flow_aliases') }} as hint_alias
        on issues.flow_hint = hint_alias.alias and issues.source = hint_alias.source
    left join {{ ref('flow_aliases') }} as component_alias
        on issues.raw_component = component_alias.alias and issues.source = component_alias.source

)

select
    source,
    issue_key,
    project,
    issue_type,
    issue_kind,
    is_type_known,
    title,
    labels_json,
    severity_level,
    -- A severity nobody has mapped counts as medium, is shown as unknown and listed in rpt_unmapped:
    -- leaving it out would make a flow look safer for want of a seed row.
    coalesce(severity_weight, 1.0e0) as severity_weight,
    coalesce(raw_severity, raw_priority) as raw_severity,
    issue_status,
    status_category,
    raw_component,
    flow_hint,
    failure_mode,
    own_flow,
    started_at,
    created_at,
    created_day,
    resolved_at,
    resolved_day,
    minutes_to_detect,
    minutes_to_resolve,
    updated_at
from joined
