-- Grain: one row per issue that is a defect or a support ticket, as known on the as-of day.
with flows as (

    select
        source,
        issue_key,
        min(flow) as flow,
        cast(count(distinct flow) as bigint) as flows
    from {{ ref('int_defects__by_flow') }}
    group by source, issue_key

)

select
    issues.source,
    issues.issue_key,
    issues.issue_kind,
    issues.issue_type,
    issues.title,
    issues.project,
    coalesce(issues.own_flow, case when flows.flows = 1 then flows.flow end) as flow,
    coalesce(flows.flows, case when issues.own_flow is null then 0 else 1 end) as flows,
    issues.raw_component as component,
    coalesce(issues.severity_level, 'unknown') as severity,
    issues.severity_weight,
    issues.issue_status as status,
    issues.created_at,
    issues.created_day,
    issues.resolved_at,
    issues.resolved_day,
    {{ days_between('issues.created_at', 'issues.resolved_at') }} as days_to_resolve
from {{ ref('int_issues__classified') }} as issues
left join flows on issues.source = flows.source and issues.issue_key = flows.issue_key
where issues.issue_kind in ('defect', 'support')
